type Entry = Readonly<Record<string, unknown>>;

/** What may become of an event, as a worker's line about a job counts it. */
const OUTCOMES = ['recorded', 'joined', 'repeat', 'dead', 'seen', 'rejected'];

/** Counts, by the log of the workers, the events of pushes that came to an end. */
export class WorkedEvents {
  total = 0;

  take(line: string): void {
    if (!line.includes('"job.done"') && !line.includes('"job.moved"')) return;
    const entry = JSON.parse(line) as Entry;
    if (entry['queue'] !== 'webhook-events') return;
    for (const outcome of OUTCOMES) this.total += Number(entry[outcome] ?? 0);
  }
}
