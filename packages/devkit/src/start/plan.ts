import { readFileSync } from 'node:fs';
import { freePort, isFree } from '../stack/free-port';
import type { StoreName } from '../stack/keeper-protocol';
import type { Kept } from './keys';
import { declareNotify } from './notify';
import type { StartOptions } from './options';
import {
  declareOne,
  declareSeveral,
  type Declaration,
  type GivenFile,
  type SimulatedOdoo,
  variable,
} from './simulated';

type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with what the user gave; the message says what to change. EX_CONFIG of sysexits.h. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  readonly exitCode = 78;
}

/** Where everything listens. */
export interface Ports {
  readonly gateway: number;
  readonly operator: number;
  readonly scheduler: number;
  readonly worker: number;
}

/** What `npm start` is going to run, decided before anything runs. */
export interface Plan {
  readonly ports: Ports;
  /** The stores that the user has not got. */
  readonly stores: readonly StoreName[];
  /** The Odoos that we play; none when the user has a real one. */
  readonly simulated: readonly SimulatedOdoo[];
  /** What every service is told, beside its own ports and the stores. */
  readonly settings: Readonly<Record<string, string>>;
  /** Files that those settings name. */
  readonly files: readonly GivenFile[];
  /** The keys that were not given, by the name of their variable. */
  readonly made: Readonly<Record<string, string>>;
}

/** How the user has called us, and the folder that is ours. */
export interface PlanOptions extends Pick<StartOptions, 'odoos'> {
  readonly directory: string;
}

/** Reads what the user has set, and fills in the rest. */
export async function planFor(env: Environment, kept: Kept, { odoos, directory }: PlanOptions): Promise<Plan> {
  refuseContradictions(env, odoos);
  const simulates = !isSet(env, 'ODOO_URL') && !isSet(env, 'SYSTEMS_FILE');
  const operator = missing(env, { OPERATOR_API_KEY: kept.operator });
  const push = isSet(env, 'SYSTEMS_FILE') || odoos === 2 ? {} : missing(env, { WEBHOOK_PUSH_API_KEY: kept.push });
  const ports = await choosePorts(env);
  const simulated = simulates ? await simulate(env, kept, odoos) : [];
  const { settings, files } = declare(simulated, directory);
  const notify = declareNotify(kept, directory, (name) => isSet(env, name));
  const pace = simulates ? { ODOO_SYNC_INTERVAL_SECONDS: env.ODOO_SYNC_INTERVAL_SECONDS || '5' } : {}; // nobody who tries it out wants to wait half a minute
  return {
    ...{ ports, stores: missingStores(env), simulated, files: [...files, ...notify.files] },
    settings: { LOG_FORMAT: 'json', ...operator, ...push, ...settings, ...pace, ...notify.settings },
    made: { ...operator, ...push, ...(odoos === 2 ? pushKeys(simulated) : {}) },
  };
}

/** What cannot be meant, before anything is done. */
function refuseContradictions(env: Environment, odoos: PlanOptions['odoos']): void {
  const given = ['ODOO_URL', 'SYSTEMS_FILE', 'API_KEYS_FILE', 'WEBHOOK_PUSH_API_KEY'].filter((name) =>
    isSet(env, name),
  );
  if (odoos === 2 && given.length > 0) {
    throw new PlanError(
      `--odoos 2 simulates both Odoos and makes their keys, but the environment has ${given.join(' and ')}:\n` +
        'unset that to try two simulated Odoos, or leave out --odoos 2.',
    );
  }
  if (isSet(env, 'ODOO_URL') && !isSet(env, 'ODOO_WEBHOOK_API_KEY')) {
    throw new PlanError(
      'ODOO_URL is set and ODOO_WEBHOOK_API_KEY is not: give the key that Odoo\'s addon asks pulls for (its "webhook.api_key"),\n' +
        'or unset ODOO_URL to run against the simulator.',
    );
  }
}

function missing(env: Environment, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !isSet(env, name)));
}

/** Set to something; `PORT=` means unset. A secret may also be named by a file. */
function isSet(env: Environment, name: string): boolean {
  return Boolean(env[name]) || Boolean(env[`${name}_FILE`]);
}

/** A secret that the user has given, by itself or in a file. */
function givenSecret(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  if (env[name] || !file) return env[name];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new PlanError(`${name}_FILE=${file} cannot be read`);
  }
}

function missingStores(env: Environment): StoreName[] {
  const variables = { redis: 'REDIS_URL', postgres: 'DATABASE_URL' } as const;
  return (['redis', 'postgres'] as const).filter((store) => !isSet(env, variables[store]));
}

/** A simulator begins anew, with its ids at 1: after the first start it is another Odoo, and has to be called so. */
async function simulate(env: Environment, kept: Kept, odoos: PlanOptions['odoos']): Promise<SimulatedOdoo[]> {
  const generation = kept.simulators === 0 ? '' : `-${kept.simulators + 1}`;
  const id = env.ODOO_SYSTEM_ID || `demo${generation}`;
  const push = givenSecret(env, 'WEBHOOK_PUSH_API_KEY') ?? kept.push;
  const first: SimulatedOdoo = {
    ...{ program: 'simulator', id, port: await freePort(), version: 18, isEmpty: false },
    keys: { push, simulator: kept.simulator, rpc: kept.rpc },
  };
  if (odoos === 1) return [first];
  const second = { program: 'simulator-b', id: `${id}-b`, port: await freePort(), version: 19, isEmpty: true } as const;
  return [first, { ...second, keys: kept.second }];
}

function declare(simulated: readonly SimulatedOdoo[], directory: string): Declaration {
  const [first, second] = simulated;
  if (first === undefined) return { settings: {}, files: [] };
  return second === undefined ? declareOne(first) : declareSeveral(simulated, directory);
}

/** No service has these variables: what an Odoo pushes with, Odoo has. */
function pushKeys(simulated: readonly SimulatedOdoo[]): Record<string, string> {
  return Object.fromEntries(simulated.map(({ id, keys }) => [variable(id, 'PUSH_KEY'), keys.push]));
}

async function choosePorts(env: Environment): Promise<Ports> {
  const taken = new Set<number>();
  const choose = async (name: string, usual: number, host: string): Promise<number> => {
    const port = (await givenPort(env, name, host)) ?? (await usualPort(usual, host, taken));
    taken.add(port);
    return port;
  };
  const gateway = await choose('PORT', 8080, env.HOST || '0.0.0.0');
  const operator = await choose('OPERATOR_PORT', 8081, env.OPERATOR_HOST || '127.0.0.1');
  // HEALTH_PORT is not looked at: here it would have to be the port of two services.
  const scheduler = await choose('', 8082, '127.0.0.1');
  const worker = await choose('', 8083, '127.0.0.1');
  return { gateway, operator, scheduler, worker };
}

async function givenPort(env: Environment, name: string, host: string): Promise<number | null> {
  const given = env[name];
  if (!given) return null;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new PlanError(`${name} is "${given}": it must be a port from 1 to 65535`);
  if (!(await isFree(port, host))) throw new PlanError(`${name}=${given} is in use by another program`);
  return port;
}

async function usualPort(usual: number, host: string, taken: ReadonlySet<number>): Promise<number> {
  return !taken.has(usual) && (await isFree(usual, host)) ? usual : freePort();
}
