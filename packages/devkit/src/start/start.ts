import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StackError } from '../stack/stack-error';
import { banner } from './banner';
import { cliEnvironment, removeCliEnvironment, writeCliEnvironment } from './cli-env';
import { Fleet } from './fleet';
import { type Interrupts, listenForInterrupts } from './interrupt';
import { keep, readKept } from './keys';
import { showLogLine } from './log-line';
import { migrate } from './migrate';
import { HELP, readOptions, type StartOptions, UsageError } from './options';
import { type Plan, PlanError, planFor } from './plan';
import { programs, simulator, STOP_ORDER } from './programs';
import { NotReady, untilReady } from './ready';
import { Service, type ServiceProgram } from './service';
import { openStores, type Stores } from './stores';
import { writeFiles } from './write-files';
import { paintFor, Terminal } from './terminal';

const ROOT = resolve(__dirname, '../../../../..');
const DIRECTORY = join(ROOT, '.bridgecore');
const LOGS = join(DIRECTORY, 'logs');

interface Run {
  readonly terminal: Terminal;
  readonly interrupts: Interrupts;
}

/** `npm start`: everything in one terminal until Ctrl-C. Resolves with the exit code when nothing of it runs any more. */
export async function start(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, paintFor(process.stdout, process.env));
  const interrupts = listenForInterrupts(process.stdout);
  try {
    const options = readOptions(args);
    if (options === undefined) terminal.print(HELP.trimEnd());
    else await run(options, { terminal, interrupts });
  } catch (error) {
    if (interrupts.first.aborted) return 0;
    if (!isExplained(error)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    return error.exitCode;
  } finally {
    interrupts.dispose();
  }
  return 0;
}

async function run({ perMinute, odoos }: StartOptions, { terminal, interrupts }: Run): Promise<void> {
  mkdirSync(DIRECTORY, { recursive: true });
  const kept = readKept(DIRECTORY);
  const plan = await planFor(process.env, kept, { odoos, directory: DIRECTORY });
  const stores = await step(terminal, 'stores', () => openStores(DIRECTORY, plan.stores, terminal, interrupts.first));
  const fleet = new Fleet({
    guard: stores.stack,
    line: (line, service) => {
      if (interrupts.first.aborted) return; // what they say while everything ends would only cause worry; the logs have it
      const shown = showLogLine(line, service, terminal.paint);
      if (shown !== null) terminal.event(shown);
    },
    say: (text) => {
      terminal.event(text);
    },
  });
  try {
    keep(DIRECTORY, { ...kept, simulators: kept.simulators + Math.min(plan.simulated.length, 1) });
    writeFiles(plan.files);
    await bringUp({ terminal, interrupts }, plan, stores, fleet, perMinute);
    await interruption(interrupts.first);
  } finally {
    terminal.release();
    await bringDown({ terminal, interrupts }, stores, fleet);
  }
}

async function bringUp(
  { terminal, interrupts }: Run,
  plan: Plan,
  stores: Stores,
  fleet: Fleet,
  perMinute: number,
): Promise<void> {
  const { first } = interrupts;
  const env = { ...userEnvironment(), ...stores.urls };
  await step(terminal, 'database schema', () => migrate(ROOT, LOGS, env));
  first.throwIfAborted();
  const context = { root: ROOT, logs: LOGS, plan, perMinute, env };
  const { gateway, scheduler, worker } = programs(context);
  const launch = (program: ServiceProgram, port: number, path = '/health/ready'): Promise<void> =>
    step(terminal, program.name, () =>
      untilReady(fleet.add(new Service(program, fleet)), `http://127.0.0.1:${port}${path}`, first),
    );

  // A simulator pushes as soon as it lives, and pulls fail until it does: it comes between the two ends.
  await launch(gateway, plan.ports.gateway);
  await Promise.all(plan.simulated.map((odoo) => launch(simulator(context, odoo), odoo.port, '/__control/state')));
  await Promise.all([launch(worker, plan.ports.worker), launch(scheduler, plan.ports.scheduler)]);
  fleet.watch();
  writeCliEnvironment(DIRECTORY, cliEnvironment(plan, env), process.pid);
  terminal.print(banner({ plan, directory: DIRECTORY, env: process.env, paint: terminal.paint }));
  terminal.release();
}

async function bringDown({ terminal, interrupts }: Run, { stack, forget }: Stores, fleet: Fleet): Promise<void> {
  terminal.print('');
  removeCliEnvironment(DIRECTORY);
  await fleet.stop(STOP_ORDER, interrupts.second);
  terminal.print('stopping the stores …');
  forget();
  await stack.stop();
  terminal.print('Everything is stopped.');
}

/** What the services inherit. What npm exports to its scripts is about npm, and may hold credentials for its registry. */
function userEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

async function step<T>(terminal: Terminal, title: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  terminal.print(`✓ ${title} ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  return result;
}

function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener('abort', () => {
        resolve();
      });
  });
}

function isExplained(error: unknown): error is Error & { exitCode: number } {
  return [StackError, PlanError, NotReady, UsageError].some((kind) => error instanceof kind);
}
