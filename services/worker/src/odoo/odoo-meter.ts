import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { OdooClient, OdooFailure } from '@bridgecore/odoo';
import { Breaker } from './breaker';

const SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

/** What is shown of the calls of Odoos. */
export interface OdooMeter {
  readonly breakerOpen: Gauge<'system'>;
  readonly pageSize: Gauge<'system'>;
  /** The same client, whose calls are timed; those that an open breaker forbids must not come here. */
  timed(client: OdooClient, system: string): OdooClient;
  /** The same breaker, whose calls are counted when they fail, RPC's too. */
  counted(breaker: Breaker, system: string): Breaker;
}

/** Shows how Odoos answer; systems are those that are declared. */
export function meterOdoos(registry: Registry): OdooMeter {
  const registers = [registry];
  const [help, size] = [
    '1 while this worker takes an Odoo for away and does not pull it.',
    'Rows asked for in a page.',
  ];
  const labelNames = ['system'] as const;
  const seconds = new Histogram({
    name: 'bridgecore_odoo_call_seconds',
    help: "How long a call of the addon's API has taken, failures included.",
    labelNames: ['system', 'call'],
    buckets: SECONDS,
    registers,
  });
  const failures = new Counter({
    name: 'bridgecore_odoo_failures_total',
    help: 'Calls of Odoo that failed, by what they failed by.',
    labelNames: ['system', 'trouble'],
    registers,
  });
  return {
    breakerOpen: new Gauge({ name: 'bridgecore_odoo_breaker_open', help, labelNames, registers }),
    pageSize: new Gauge({ name: 'bridgecore_pull_page_size', help: size, labelNames, registers }),
    timed: (client, system) => ({
      pull: (...asked) => timed(seconds, { system, call: 'pull' }, () => client.pull(...asked)),
      acknowledge: (...asked) => timed(seconds, { system, call: 'acknowledge' }, () => client.acknowledge(...asked)),
    }),
    counted: (breaker, system) => ({
      run: (away, call) =>
        breaker.run(away, () =>
          call().catch((error: unknown) => {
            const trouble = error instanceof OdooFailure ? error.trouble : 'aborted'; // by us: it says nothing of Odoo
            if (trouble !== 'aborted') failures.inc({ system, trouble });
            throw error;
          }),
        ),
    }),
  };
}

type CallLabels = Readonly<Record<'system' | 'call', string>>;

async function timed<T>(seconds: Histogram<'system' | 'call'>, labels: CallLabels, call: () => Promise<T>): Promise<T> {
  const stop = seconds.startTimer(labels);
  try {
    return await call();
  } finally {
    stop();
  }
}
