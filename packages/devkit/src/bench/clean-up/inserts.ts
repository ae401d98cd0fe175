import { Pool } from 'pg';

const CONNECTIONS = 8;

/** As the worker's `writeAudit`: a set of rows as one JSON parameter. */
const INSERT = `
  insert into audit_logs (service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, error, detail)
  select service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, error, detail
    from jsonb_populate_recordset(null::audit_logs, $1::jsonb)`;

const ENTRY = JSON.stringify([
  {
    ...{ service: 'worker', worker: 'bench-2', key_id: 'push', action: 'event.recorded', outcome: 'recorded' },
    ...{ system: 'odoo', model: 'sale.order', record_id: 1, event_id: 1, detail: { origin: 'push' } },
    correlation_id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  },
]);

/** One insert: when it was due, by the clock, and how long it took from then on. */
export interface Sample {
  readonly at: number;
  readonly ms: number;
}

/**
 * Inserts at a steady rate, whatever becomes of those before. Each is timed from when it was due: one that finds every
 * connection held up has waited too.
 */
export class PacedInserts {
  readonly samples: Sample[] = [];
  failures = 0;
  private readonly pool: Pool;
  private readonly underWay = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  constructor(url: string, rate: number) {
    this.pool = new Pool({ connectionString: url, max: CONNECTIONS, idleTimeoutMillis: 0 });
    const started = performance.now();
    let sent = 0;
    this.timer = setInterval(() => {
      for (const due = ((performance.now() - started) * rate) / 1_000; sent < due; sent += 1) {
        this.insert(started + (sent * 1_000) / rate);
      }
    }, 1);
  }

  /** Those that were due from then on and before. */
  between(from: number, to: number): Sample[] {
    return this.samples.filter(({ at }) => at >= from && at < to);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    await this.pool.end();
  }

  private insert(due: number): void {
    const done = this.pool.query(INSERT, [ENTRY]).then(
      () => {
        this.samples.push({ at: performance.timeOrigin + due, ms: performance.now() - due });
      },
      () => {
        this.failures += 1;
      },
    );
    this.underWay.add(done);
    void done.then(() => this.underWay.delete(done));
  }
}
