import { appendFileSync } from 'node:fs';

/** One run of one system's pull, from taking the lock to freeing it, as its worker told it. Times in ms. */
export interface PullRun {
  readonly service: string;
  readonly system: string;
  readonly from: number;
  readonly to: number;
  readonly correlation_id: string;
  /** It was stopped since somebody else had its lock. */
  readonly has_lost_lock: boolean;
}

type Entry = Readonly<Record<string, unknown>>;

/** What the drill needs of what the services log; everything is kept in one file too, in the order in which it came. */
export class LogLines {
  readonly runs: PullRun[] = [];
  /** Services that ended by themselves. */
  readonly deaths: string[] = [];

  constructor(readonly file: string) {}

  take(service: string, line: string): void {
    appendFileSync(this.file, `${service} ${line}\n`);
    if (!line.startsWith('{')) return;
    const entry = JSON.parse(line) as Entry;
    if (entry['queue'] === 'odoo-pull') this.takeRun(service, entry);
  }

  died(service: string, how: string, last: string): void {
    this.deaths.push(`${service} ended by itself (${how}): ${last.slice(-500)}`);
    appendFileSync(this.file, `${service} ended by itself: ${how}\n`);
  }

  private takeRun(service: string, entry: Entry): void {
    if (entry['message'] !== 'job.done' && entry['message'] !== 'job.failed') return;
    if (entry['outcome'] === 'skipped') return;
    const to = Date.parse(String(entry['timestamp']));
    const { system, correlation_id, reason } = entry as Record<string, string>;
    this.runs.push({
      ...{ service, system: system ?? '', correlation_id: correlation_id ?? '' },
      ...{ from: to - Number(entry['duration_ms']), to, has_lost_lock: (reason ?? '').includes('lost its lock') },
    });
  }
}
