import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { freePort } from '../stack/free-port';
import { Fleet } from '../start/fleet';
import { Service } from '../start/service';
import { migrate } from '../start/migrate';
import { jobs } from '../drill/settle';
import { type Stack, startStack } from '../stack/stack';
import { until } from '../until';
import { capturedBodies } from './captured-bodies';
import { fuzz, FuzzResult } from './fuzz-run';
import { WorkedEvents } from './worked-events';

const ROOT = join(__dirname, '../../../../..');
const CAPTURES = join(ROOT, 'packages/contracts/test/fixtures/odoo-wire');
const OUTPUT = join(ROOT, '.bridgecore/fuzz');
const RECEIVE = '/api/v1/webhooks/receive';
const HELP = `Usage: npm run fuzz [-- --seconds <how long, 60> --seed <which requests, 1>]
Pushes mutated recordings of a real Odoo at a gateway, with a worker behind it, on stores of its own.
Exits with 1 when an answer is none of the API's, or a job does not get through; the request is then saved in ${OUTPUT}.`;

/** `npm run fuzz`: sets everything up, pushes for so long, and resolves with the exit code. */
export async function runFuzz(args: readonly string[]): Promise<number> {
  const options = readFuzzOptions(args);
  if (typeof options === 'string') {
    process.stdout.write(`${options}\n`);
    return options === HELP ? 0 : 64;
  }
  mkdirSync(OUTPUT, { recursive: true });
  const stack = await startStack({ log: say });
  const worked = new WorkedEvents();
  const take = (line: string): void => {
    worked.take(line);
  };
  const fleet = new Fleet({ guard: stack, line: take, say }); // should we be killed, nothing is left running
  try {
    const key = randomBytes(20).toString('hex');
    const url = await startServices(fleet, { REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl }, key);
    const result = await pushFor(options.seconds, { url: url + RECEIVE, key, seed: options.seed });
    const leftOver = result.offence === undefined ? await unworked(stack, worked, result.accepted) : '';
    return tell(result, leftOver, options.seed);
  } finally {
    await fleet.stop(['gateway', 'worker'], new AbortController().signal);
    await stack.stop();
  }
}

function readFuzzOptions(args: readonly string[]): { seconds: number; seed: number } | string {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    const options = { seconds: number('60'), seed: number('1'), help: { type: 'boolean', default: false } } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return HELP;
    const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
    return seconds > 0 && Number.isSafeInteger(seed) ? { seconds, seed } : `Both take a number.\n${HELP}`;
  } catch (error) {
    return `${(error as Error).message}\n${HELP}`;
  }
}

/** A gateway and a worker as processes; resolves with the gateway's address when both are ready. */
async function startServices(fleet: Fleet, stores: Record<string, string>, key: string): Promise<string> {
  const [port, operator, health] = [await freePort(), await freePort(), await freePort()].map(String) as Ports;
  const shared = { ...stores, PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', ODOO_SYSTEM_ID: 'fuzz' };
  await migrate(ROOT, OUTPUT, shared);
  const ports = { PORT: port, HOST: '127.0.0.1', OPERATOR_PORT: operator, WEBHOOK_PUSH_API_KEY: key };
  start(fleet, 'gateway', { ...shared, ...ports, WEBHOOK_RATE_LIMIT_PER_MINUTE: '100000000' });
  start(fleet, 'worker', { ...shared, HEALTH_PORT: health, HEALTH_HOST: '127.0.0.1' });
  for (const each of [port, health]) {
    const ready = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${each}/health/ready`)).status === 200;
    await until(ready, { what: 'the services to be ready', timeoutMs: 60_000 });
  }
  return `http://127.0.0.1:${port}`;
}

type Ports = [string, string, string];

function start(fleet: Fleet, name: string, env: Record<string, string>): void {
  const script = join(ROOT, 'services', name, 'dist/src/main.js');
  fleet.add(new Service({ name, logs: OUTPUT, script, env }, fleet));
}

/** Pushes until the time is over, with a line of progress. */
async function pushFor(seconds: number, to: { url: string; key: string; seed: number }): Promise<FuzzResult> {
  const end = performance.now() + seconds * 1_000;
  const isTerminal = process.stdout.isTTY;
  let next = 0;
  const goOn = (sent: number): boolean => {
    const now = performance.now();
    if (now >= next) {
      const line = `${sent} requests, ${Math.max(Math.ceil((end - now) / 1_000), 0)} s left`;
      process.stdout.write(isTerminal ? `\r${line}  ` : `${line}\n`);
      next = now + (isTerminal ? 1_000 : 10_000);
    }
    return now < end;
  };
  const result = await fuzz({ ...to, seeds: capturedBodies(CAPTURES), goOn });
  process.stdout.write('\n');
  return result;
}

/** Waits for the worker to have done everything; says what it could not do. */
async function unworked({ redisUrl, databaseUrl }: Stack, worked: WorkedEvents, accepted: number): Promise<string> {
  const redis = new Redis(redisUrl);
  try {
    const isDone = async (): Promise<boolean> => (await jobs(redis)) === 0 && worked.total >= accepted;
    await until(isDone, { what: 'the jobs to be done', timeoutMs: 180_000, intervalMs: 200 }).catch(() => undefined);
    const left = await jobs(redis);
    if (left > 0) return `${left} jobs are left`;
    if (worked.total < accepted) return `of ${accepted} accepted events ${worked.total} came to an end`;
    const strange = await strangeLetters(databaseUrl);
    return strange === '' ? '' : `dead letters for reasons that are not the sender's: ${strange}`;
  } finally {
    await redis.quit();
  }
}

/** Only what the gateway refuses in a batch, and what PostgreSQL refuses as data, may become a dead letter. */
async function strangeLetters(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const strange = `select distinct reason from dead_letters where reason <> 'EVENT_INVALID' and reason !~ '^22'`;
    return (await client.query<{ reason: string }>(strange)).rows.map(({ reason }) => reason).join(', ');
  } finally {
    await client.end();
  }
}

function tell({ sent, statuses, accepted, offence }: FuzzResult, leftOver: string, seed: number): number {
  say(`status  answers`);
  for (const [status, times] of [...statuses].sort(([one], [other]) => one - other)) say(`${status}     ${times}`);
  say(`${accepted} events were accepted`);
  say(`${sent} requests with seed ${seed}; ${leftOver || offence?.what || 'everything as it should be'}`);
  if (offence !== undefined) {
    const { request, number, what } = offence;
    const file = join(OUTPUT, `offence-${seed}-${number}.json`);
    const saved = { what, seed, number, headers: { ...request.headers, authorization: '(a push key)' } };
    writeFileSync(file, JSON.stringify({ ...saved, body_base64: request.body.toString('base64') }, null, 2));
    say(`The request is in ${file}.`);
  }
  return offence === undefined && leftOver === '' ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
