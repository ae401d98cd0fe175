import { DeclaredSystem, OdooSettings, systemsOf } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { loadConfig, readTextFile, RedisConfig, Environment } from '@bridgecore/runtime';
import type { Redis } from 'ioredis';
import { Api, PUBLIC_SIDE } from '../api/api';
import { CliError, explained } from '../cli-error';
import { CliConfig } from '../config';
import { EXIT } from '../exit-codes';
import { Check, failed, Found, skipped } from './check';
import { configurationChecks } from './configuration';
import { lookAtGateway, lookAtOperatorPort, pullChecks } from './gateway';
import { lookAtNotifications } from './notifications';
import { odooChecks } from './odoo';
import { lookAtPostgres } from './postgres';
import { pushThrough } from './push';
import { lookAtScheduler, lookAtWorkers, schedulerByGateway, workersByGateway } from './queues';
import { lookAtRedis, openRedis } from './redis';

/** What is to be looked at, and with what. */
export interface DoctorOptions {
  readonly env: Environment;
  readonly config: CliConfig;
  readonly isPushed: boolean;
  /** False for who has said only where the operator port is: the default of the other would mean another gateway. */
  readonly isPublicSideKnown: boolean;
  readonly interrupted: AbortSignal;
}

const SKEW_WARN_SECONDS = 30;
const USUAL_MS = 10_000;
/** Shorter than the check that asks, so that it is told what has not answered. */
const CALL_MS = 6_000;
const NO_OPERATOR = 'no OPERATOR_API_KEY';

/** Everything that is looked at, in the order in which it is told. */
export function doctorChecks(options: DoctorOptions): Check[] {
  const { env } = options;
  const sides = sidesOf(options);
  const { operator } = sides;
  const systems = declared(env);
  const redis = redisOf(env);
  const none = (): Found => skipped('none is declared here (no ODOO_URL, no SYSTEMS_FILE)');
  return [
    ...configurationChecks(env),
    check('redis', 'Redis', withRedis(redis, lookAtRedis)),
    check('postgres', 'PostgreSQL', () => postgres(env)),
    ...(systems.length === 0 ? [check('odoo', 'Odoo', none)] : odooChecks(systems, SKEW_WARN_SECONDS)),
    check('gateway', 'gateway', sides.gateway),
    check(
      'operator',
      'operator port',
      operator === undefined ? () => skipped(NO_OPERATOR) : () => lookAtOperatorPort(operator),
    ),
    check('scheduler', 'scheduler', withRedis(redis, lookAtScheduler, asked(operator, schedulerByGateway))),
    check('workers', 'workers', withRedis(redis, lookAtWorkers, asked(operator, workersByGateway))),
    ...pullChecks(
      operator,
      systems.map(({ id }) => id),
    ),
    check(
      'notifications',
      'notifications',
      operator === undefined ? () => skipped(NO_OPERATOR) : () => lookAtNotifications(operator),
    ),
    check('push', 'test push', (signal) => push(sides, options, signal), 25_000),
  ];
}

type Look = (signal: AbortSignal) => Promise<Found> | Found;

function check(id: string, title: string, look: Look, timeoutMs = USUAL_MS): Check {
  return { id, title, timeoutMs, look: async (signal) => look(signal) };
}

/** The gateway's two ports, as far as there are keys for them. */
interface Sides {
  readonly operator: Api | undefined;
  readonly pushed: Api | undefined;
  /** Looked at once, for whoever rests on it too. */
  readonly gateway: () => Promise<Found>;
}

function sidesOf({ config, interrupted, isPublicSideKnown }: DoctorOptions): Sides {
  const shared = { isClean: true, signal: interrupted, timeoutMs: CALL_MS };
  const { OPERATOR_API_KEY, WEBHOOK_PUSH_API_KEY, BRIDGECORE_URL, BRIDGECORE_PUSH_URL } = config;
  const publicSide = { ...shared, url: BRIDGECORE_PUSH_URL, names: PUBLIC_SIDE };
  const healthSide = isPublicSideKnown ? publicSide : { ...shared, url: BRIDGECORE_URL }; // both sides tell it
  let found: Promise<Found> | undefined;
  return {
    operator:
      OPERATOR_API_KEY === undefined ? undefined : new Api({ ...shared, url: BRIDGECORE_URL, key: OPERATOR_API_KEY }),
    pushed: WEBHOOK_PUSH_API_KEY === undefined ? undefined : new Api({ ...publicSide, key: WEBHOOK_PUSH_API_KEY }),
    gateway: () => (found ??= lookAtGateway(new Api({ ...healthSide, key: undefined }))),
  };
}

async function push(
  { operator, pushed, gateway }: Sides,
  { isPushed, isPublicSideKnown }: DoctorOptions,
  signal: AbortSignal,
): Promise<Found> {
  if (!isPushed) return skipped('--no-push');
  if (!isPublicSideKnown) return skipped('no BRIDGECORE_PUSH_URL');
  if (pushed === undefined) return skipped('no WEBHOOK_PUSH_API_KEY, no --push-key-file');
  if (operator === undefined) return skipped(`${NO_OPERATOR} to look for it afterwards`);
  const isThere = await gateway().then(
    ({ mark }) => mark !== 'failed',
    () => false,
  );
  return isThere ? pushThrough({ pushed, recorded: operator }, signal) : skipped('the gateway takes none now');
}

/** Redis, opened once by whoever needs it first. */
type SharedRedis = { readonly open: (signal: AbortSignal) => Promise<Redis> } | { readonly absent: string };

function redisOf(env: Environment): SharedRedis {
  const url = settingOf(() => loadConfig([RedisConfig], env).REDIS_URL);
  if (url === undefined) return { absent: 'no valid REDIS_URL' };
  let opened: Promise<Redis> | undefined;
  return { open: (signal) => (opened ??= openRedis(url, signal)) };
}

/** By Redis itself; without its address, by what the gateway tells. */
function withRedis(redis: SharedRedis, look: (redis: Redis) => Promise<Found>, otherwise?: Look): Look {
  if ('absent' in redis) return otherwise ?? (() => skipped(redis.absent));
  return async (signal) => look(await redis.open(signal).catch(redisAway));
}

function redisAway(error: unknown): never {
  throw new CliError(EXIT.unavailable, 'REDIS_UNREACHABLE', `cannot be reached: ${(error as Error).message}`, {
    hint: 'Does Redis run? Check REDIS_URL.',
  });
}

function asked(api: Api | undefined, look: (api: Api) => Promise<Found>): Look {
  return api === undefined ? () => skipped('neither REDIS_URL nor OPERATOR_API_KEY') : () => look(api);
}

async function postgres(env: Environment): Promise<Found> {
  const url = settingOf(() => loadConfig([DatabaseConfig], env).DATABASE_URL);
  if (url === undefined) return skipped('no valid DATABASE_URL');
  try {
    return await lookAtPostgres(url);
  } catch (error) {
    return failed((error as Error).message, 'Does PostgreSQL run? Check DATABASE_URL.');
  }
}

/** What is wrong with them is told by the checks of the configuration. */
function declared(env: Environment): DeclaredSystem[] {
  return settingOf(() => systemsOf(loadConfig([OdooSettings], env), readTextFile)) ?? [];
}

function settingOf<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (explained(error) === undefined) throw error;
    return undefined;
  }
}
