import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, Registry } from 'prom-client';

/** A value with its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Adds a gauge to what is read at each scrape. */
export type AddGauge<T> = (
  name: string,
  help: string,
  labelNames: readonly string[],
  samplesOf: (read: T) => Iterable<Sample>,
) => void;

/** A store that hangs must not hold up a scrape, which has ten seconds. */
const READ_MS = 3_000;

/**
 * Gauges that show what is in a store, which is the same in every process: read once for all of them at each scrape.
 * While it cannot be read they are left out; a scrape never fails by it.
 */
export function scraped<T>(registry: Registry, read: () => Promise<T>): AddGauge<T> {
  let reading: Promise<T | undefined> | undefined;
  const readOnce = (): Promise<T | undefined> => {
    reading ??= inTime(read).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  return (name, help, labelNames, samplesOf) => {
    const collect = async function (this: Gauge): Promise<void> {
      const found = await readOnce(); // all gauges of a scrape ask before the first has its answer
      this.reset();
      if (labelNames.length === 0) this.remove(); // resetting sets it to 0, which would say something
      if (found === undefined) return;
      for (const [labels, value] of samplesOf(found)) this.set({ ...labels }, value);
    };
    new Gauge({ name, help, labelNames: [...labelNames], registers: [registry], collect });
  };
}

async function inTime<T>(read: () => Promise<T>): Promise<T | undefined> {
  const late = new AbortController();
  const tooLate = sleep(READ_MS, undefined, { signal: late.signal }).catch(() => undefined);
  const found = read().catch(() => undefined);
  try {
    return await Promise.race([found, tooLate]);
  } finally {
    late.abort();
  }
}
