import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { seeded } from '../fake-odoo/random';
import { startStack, type Stack } from '../stack/stack';
import { migrate } from '../start/migrate';
import { refuseOnce } from './evidence';
import type { Victims } from './faults';
import { Link } from './link';
import { LogLines } from './log-lines';
import { mutating } from './mutate';
import { OdooProcess } from './odoo-process';
import type { DrillOptions } from './options';
import { DrilledReceivers } from './receivers';
import { Sender } from './sender';
import { choosePorts, DrilledServices, type DrilledSystem } from './services';

const ROOT = resolve(__dirname, '../../../../..');
const SYSTEMS = ['lyon', 'paris'] as const;
const ODOO_KEY = 'odoo-key-of-the-drill';

/** Everything that a drill runs on. */
export interface World extends Victims {
  readonly stack: Stack;
  readonly odoos: readonly OdooProcess[];
  readonly sender: Sender;
  readonly log: LogLines;
  close(): Promise<void>;
}

/** Stores, two simulated Odoos behind lines that can be cut, gateways behind a balancer, schedulers and workers. */
export async function openWorld({ seed, mutant, conditions }: DrillOptions): Promise<World> {
  const dir = emptied(join(ROOT, '.bridgecore', 'drill', `seed-${seed}${mutant === undefined ? '' : `-${mutant}`}`));
  const stack = await startStack();
  const closings: (() => Promise<void>)[] = [() => stack.stop()];
  const close = async (): Promise<void> => {
    for (const closing of closings.splice(0).reverse()) await closing();
  };
  try {
    const replicas = { gateway: 2, scheduler: 2, worker: conditions.workers };
    const ports = await choosePorts(replicas);
    const balancer = new Link(ports.gateways);
    const pushUrl = `http://127.0.0.1:${await balancer.listen()}/api/v1/webhooks/receive`;
    closings.push(() => balancer.close());
    const odoos = SYSTEMS.map((system) => new OdooProcess(system));
    closings.push(...odoos.map((odoo) => () => odoo.close()));
    const lines = new Map<string, Link>();
    const systems = await Promise.all(
      odoos.map((odoo, at) => openOdoo(odoo, { seed: seed + at, pushUrl, lines, conditions })),
    );
    closings.push(...[...lines.values()].map((link) => () => link.close()));

    const { redisUrl, databaseUrl, redis, postgres } = stack;
    await migrate(ROOT, join(dir, 'logs'), { PATH: process.env['PATH'] ?? '', DATABASE_URL: databaseUrl });
    await refuseOnce(databaseUrl, true);
    const log = new LogLines(join(dir, 'services.log'));
    const workerEnv = mutating(mutant);
    const services = new DrilledServices({
      dir,
      redisUrl,
      databaseUrl,
      systems,
      replicas,
      ports,
      lines: log,
      workerEnv,
      guard: stack,
    });
    closings.push(() => services.stop());
    await services.start();
    const receivers = new DrilledReceivers(seed + 11);
    closings.push(() => receivers.close());
    if (conditions.isNotified) await receivers.open(services);
    const sender = new Sender({ system: SYSTEMS[0], url: pushUrl, key: pushKeyOf(SYSTEMS[0]) }, seeded(seed + 3));
    return { stack, redis, postgres, lines, services, receivers, odoos, sender, log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OdooPlace extends Pick<DrillOptions, 'seed' | 'conditions'> {
  readonly pushUrl: string;
  /** Told of the line to it. */
  readonly lines: Map<string, Link>;
}

async function openOdoo(odoo: OdooProcess, { seed, pushUrl, lines, conditions }: OdooPlace): Promise<DrilledSystem> {
  const { system: id } = odoo;
  const pushKey = pushKeyOf(id);
  const url = await odoo.open({ seed, apiKey: ODOO_KEY, pushUrl, pushKey, latencyMs: conditions.odooLatencyMs });
  const link = new Link([Number(new URL(url).port)]);
  const port = await link.listen();
  lines.set(id, link);
  return { id, url: `http://127.0.0.1:${port}`, odooKey: ODOO_KEY, pushKey };
}

const pushKeyOf = (system: string): string => `push-key-of-${system}-`.padEnd(40, 'x');

function emptied(dir: string): string {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'services.log'), '');
  return dir;
}
