import { Redis } from 'ioredis';
import {
  AppTypes,
  appTypesOf,
  DeclaredSystem,
  DEFAULT_REDACTED_FIELDS,
  EventJob,
  Networks,
  WEBHOOK_EVENTS,
} from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { createMetrics, Log, Producer, Sealer, SealingKey } from '@bridgecore/runtime';
import { GatewayConfig } from '../src/config';
import { openGateway } from '../src/gateway';
import { ApiKey } from '../src/keys';
import { get } from './calls';
import { TokenKey } from '../src/tokens/token-keys';
import { operatorKey, pushKey } from './test-keys';

const NOWHERE = 'postgres://nobody@127.0.0.1:9/nowhere';

/** A log line as the gateway wrote it. */
export type LogLine = Record<string, unknown> & { readonly level: string; readonly message: string };

/** A gateway within this process, on real stores. */
export interface RunningGateway {
  readonly url: string;
  readonly operatorUrl: string;
  readonly lines: readonly LogLine[];
  close(): Promise<void>;
}

export interface GatewayOptions extends Partial<GatewayConfig> {
  readonly redisUrl: string;
  /** Without one PostgreSQL is away. */
  readonly databaseUrl?: string;
  readonly keys?: readonly ApiKey[];
  readonly tokenKeys?: readonly TokenKey[];
  readonly systems?: readonly DeclaredSystem[];
  readonly systemIds?: readonly string[];
  readonly appTypes?: AppTypes;
  readonly sealingKeys?: readonly SealingKey[];
  readonly allowedNetworks?: Networks;
}

/** A system as the configuration declares it. */
export function declaredSystem(id: string, url = `https://${id}.example.com`): DeclaredSystem {
  return { id, url, webhook_api_key: 'webhook-key', sync_interval_seconds: 30, sync_batch_size: 100 };
}

/** Opens a gateway on free ports; what is not given is as in production, but for limits that a busy machine would meet. It may not be ready yet. */
export async function openTestGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { redisUrl, databaseUrl = NOWHERE, keys = [pushKey(), operatorKey()], systems = [], ...different } = options;
  const { systemIds = ['odoo'], tokenKeys = [], appTypes = appTypesOf({}, () => ''), ...others } = different;
  const { sealingKeys = [], allowedNetworks = [], ...settings } = others;
  const lines: LogLine[] = [];
  const closings: (() => unknown)[] = [];
  const config = {
    ...new GatewayConfig(),
    ...{ HOST: '127.0.0.1', PORT: 0, OPERATOR_PORT: 0, WEBHOOK_RATE_LIMIT_PER_MINUTE: 100_000 },
    ...{ WEBHOOK_DEADLINE_MS: 20_000 },
    ...{ REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, REDACT_FIELDS: DEFAULT_REDACTED_FIELDS },
    ...settings,
  };
  const defer = (_name: string, close: () => unknown): void => void closings.unshift(close);
  const metrics = createMetrics('gateway');
  const { signal: ending } = new AbortController();
  const notify = { sealer: new Sealer(sealingKeys), allowedNetworks };
  const rest = { ...notify, log: logInto(lines), metrics, ending, defer };
  const given = { keys, tokenKeys, systems, systemIds, appTypes, ...rest };
  const { port, operatorPort } = await openGateway(config, given);
  return {
    url: `http://127.0.0.1:${port}`,
    operatorUrl: `http://127.0.0.1:${operatorPort}`,
    lines,
    close: async () => {
      for (const close of closings) await close();
    },
  };
}

/** Resolves when the gateway says that it is ready, with or without PostgreSQL. */
export async function ready<T extends { url: string }>(gateway: T, status = 'degraded'): Promise<T> {
  await until(async () => (await get(`${gateway.url}/health/ready`)).body['status'] === status, {
    what: `the gateway to be ${status}`,
    timeoutMs: 20_000,
  });
  return gateway;
}

/** A gateway that takes pushes, on a Redis database of its own, and what it has put there. */
export interface PushGateway extends RunningGateway {
  readonly redisUrl: string;
  /** The jobs that wait in Redis, oldest first, read as the worker reads them. */
  jobs(): Promise<EventJob[]>;
  clear(): Promise<void>;
}

export async function openPushGateway(different: Partial<GatewayOptions> = {}): Promise<PushGateway> {
  const { url: redisUrl } = await createTestRedis();
  const redis = new Redis(redisUrl);
  const gateway = await ready(await openTestGateway({ redisUrl, ...different }));
  return {
    ...gateway,
    redisUrl,
    jobs: () => jobsIn(redis),
    clear: async () => {
      await redis.flushdb();
    },
    close: async () => {
      await gateway.close();
      await redis.quit();
    },
  };
}

/** Every job that waits, checked as the worker does it. */
export async function jobsIn(redis: Redis): Promise<EventJob[]> {
  const waiting = await new Producer(WEBHOOK_EVENTS, redis).use((queue) => queue.getJobs(['waiting'], 0, -1, true));
  return waiting.map(({ data }) => WEBHOOK_EVENTS.parse(data));
}

function logInto(lines: LogLine[]): Log {
  const at = (level: string) => (message: string, fields: object) => void lines.push({ ...fields, level, message });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return log as unknown as Log;
}
