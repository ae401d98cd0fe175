import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Latency, latencyOf } from '../latency';
import { describeMachine } from '../machine';
import { fill, inspect, planFilling, settle } from './audit-table';
import { type Hub, openHub } from './hub';
import { PacedInserts, type Sample } from './inserts';
import { type CleanUpBenchOptions, HELP, readOptions } from './options';
import { renderRounds, type Round } from './report';

/** What runs before the idle table is watched: connections are made, caches filled. */
const WARM_UP_MS = 3_000;

/** `npm run bench -- clean-up`: resolves with the exit code. */
export async function runCleanUpBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stdout.write(options);
    return options === HELP ? 0 : 64;
  }
  const filling = planFilling(options.rows);
  const hub = await openHub(filling.retentionDays, say);
  try {
    const rounds: Round[] = [];
    await fill(hub.databaseUrl, filling.young, () => undefined);
    for (let number = 1; number <= options.rounds; number += 1) {
      const sayOf = (text: string): void => {
        say(`round ${number} of ${options.rounds}: ${text}`);
      };
      await fill(hub.databaseUrl, filling.old, (done) => {
        sayOf(`${done} old rows written`);
      });
      rounds.push(await measure(hub, number, options, sayOf));
    }
    const { version } = await inspect(hub.databaseUrl);
    say(`\n${describeMachine([`PostgreSQL ${version}`])}`);
    say(`${options.rows} rows, ${options.rate} inserts/s\n\n${renderRounds(rounds)}`);
    return 0;
  } finally {
    await hub.close();
  }
}

/** The idle table is watched before and after, so that a machine that slows down meanwhile is not the clean-up's doing. */
async function measure(
  hub: Hub,
  number: number,
  { rate, idleSeconds, samples }: CleanUpBenchOptions,
  sayOf: (text: string) => void,
): Promise<Round> {
  const inserts = new PacedInserts(hub.databaseUrl, rate);
  const watchIdle = async (): Promise<Sample[]> => {
    await sleep(WARM_UP_MS);
    sayOf(`watching the idle table for ${idleSeconds / 2} s`);
    const from = Date.now();
    await sleep(idleSeconds * 500);
    return inserts.between(from, Date.now());
  };
  try {
    const before = await watchIdle();
    sayOf('cleaning up');
    const run = await hub.cleanUp();
    const seconds = (run.to - run.from) / 1_000;
    sayOf(`${run.deleted} rows deleted in ${seconds.toFixed(1)} s`);
    await settle(hub.databaseUrl);
    const idle = [...before, ...(await watchIdle())];
    const during = inserts.between(run.from, run.to);
    if (samples !== undefined) write(samples, number, { idle, during });
    return { ...run, seconds, idle: summed(idle), during: summed(during) };
  } finally {
    await inserts.stop();
    if (inserts.failures > 0) sayOf(`${inserts.failures} inserts have failed`);
  }
}

const summed = (samples: readonly Sample[]): Latency => latencyOf(samples.map(({ ms }) => ms));

function write(file: string, number: number, phases: Readonly<Record<string, readonly Sample[]>>): void {
  const lines = Object.entries(phases).flatMap(([phase, all]) =>
    all.map(({ at, ms }) => `${number}\t${phase}\t${at.toFixed(1)}\t${ms.toFixed(2)}\n`),
  );
  appendFileSync(file, lines.join(''));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
