import { DataSource } from 'typeorm';
import { JsonRecord } from '@bridgecore/contracts';
import { createTestRedis } from '@bridgecore/devkit';
import { SealingKey } from '@bridgecore/runtime';
import { ApiKey, plainKey } from '../src/keys';
import { Answer, call } from './calls';
import { openRecordedEvents } from './recorded-events';
import { GatewayOptions, LogLine, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, pushKey } from './test-keys';

export const READER = 'reader-key-of-forty-characters-0123456789';
export const LYON = 'lyon-key-of-forty-characters-012345678901';

/** A key as SECRET_KEYS_FILE has it, of these bytes. */
export const sealingKey = (kid: string, byte: number): SealingKey => ({ kid, bytes: Buffer.alloc(32, byte) });

/** Who may operate, who may only read, and who speaks for Lyon. */
export const operatorKeys = (): ApiKey[] => [
  ...[pushKey(), operatorKey(), plainKey('reader', READER, ['read'])],
  plainKey('lyon', LYON, ['read', 'operate'], 'lyon'),
];

/** How a request is sent, other than by an operator and without a body. */
export interface Sending {
  readonly key?: string;
  readonly body?: unknown;
}

/** A gateway with subscriptions, on a database of its own. */
export interface SubscriptionStack {
  readonly source: DataSource;
  readonly lines: readonly LogLine[];
  readonly gateway: RunningGateway;
  send(method: string, path: string, sending?: Sending): Promise<Answer>;
  /** Makes one that nothing is wrong with, and returns what was answered. */
  make(different?: JsonRecord, sending?: Sending): Promise<JsonRecord>;
  audit(): Promise<JsonRecord[]>;
  /** Another gateway on the same stores, as another replica or after a restart. */
  open(options: Partial<GatewayOptions>): Promise<RunningGateway>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

export const PATH = '/api/v1/subscriptions';

export async function openSubscriptionStack(options: Partial<GatewayOptions> = {}): Promise<SubscriptionStack> {
  const [{ url: redisUrl }, recorded] = await Promise.all([createTestRedis(), openRecordedEvents()]);
  const opened: RunningGateway[] = [];
  const open = async (more: Partial<GatewayOptions>): Promise<RunningGateway> => {
    const stores = { redisUrl, databaseUrl: recorded.url };
    const rest = { keys: operatorKeys(), systemIds: ['odoo', 'lyon', 'paris'], sealingKeys: [sealingKey('2026', 1)] };
    const gateway = await openTestGateway({ ...rest, ...options, ...more, ...stores });
    opened.push(gateway);
    return ready(gateway, 'ready');
  };
  const gateway = await open({});
  const send = (method: string, path: string, sending: Sending = {}): Promise<Answer> =>
    sendTo(gateway, method, PATH + path, sending);
  return {
    ...{ source: recorded.source, lines: gateway.lines, gateway, send, open },
    make: async (different = {}, sending = {}) => {
      const body = { name: 'shop', url: 'https://shop.example.com/hooks', ...different };
      const answer = await send('POST', '', { ...sending, body });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    audit: () => recorded.source.query('select action, key_id, system, detail from audit_logs order by id'),
    clear: async () => {
      await recorded.source.query(
        'truncate audit_logs, delivery_attempts, deliveries, subscription_secrets, subscriptions',
      );
    },
    close: async () => {
      for (const one of opened) await one.close();
      await recorded.drop();
    },
  };
}

/** Any operators' request. */
export function sendTo(
  gateway: { operatorUrl: string },
  method: string,
  path: string,
  { key = OPERATOR_KEY, body }: Sending = {},
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return call(gateway.operatorUrl + path, {
    ...{ method, headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** The names in a list. */
export const names = ({ body }: Answer): unknown[] => (body['subscriptions'] as JsonRecord[]).map(({ name }) => name);
