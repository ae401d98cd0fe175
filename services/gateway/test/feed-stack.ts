import { JsonRecord } from '@bridgecore/contracts';
import { createTestRedis } from '@bridgecore/devkit';
import { plainKey } from '../src/keys';
import { Answer, call, get } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { GatewayOptions, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, pushKey } from './test-keys';

export const PARIS_KEY = 'paris-key-of-forty-characters-01234567890';

/** A gateway with two systems on a database with events, as consumers call it. */
export interface FeedStack {
  readonly recorded: RecordedEvents;
  readonly gateway: RunningGateway;
  /** Asks for the feed of `odoo`, unless the query names another. */
  feed(query?: string, key?: string): Promise<Answer>;
  /** A pull of one device; what is given replaces or adds to its fields. */
  pull(different?: JsonRecord, key?: string): Promise<Answer>;
  reset(different: JsonRecord): Promise<Answer>;
  state(query: string): Promise<Answer>;
  close(): Promise<void>;
}

export const DEVICE = { system: 'odoo', user_id: 'u-1', device_id: 'd-1', app_type: 'manager' };

export async function openFeedStack(different: Partial<GatewayOptions> = {}, status = 'ready'): Promise<FeedStack> {
  const [redis, recorded] = await Promise.all([createTestRedis(), openRecordedEvents()]);
  const keys = [pushKey(), operatorKey(), plainKey('paris', PARIS_KEY, ['read'], 'paris')];
  const systemIds = ['odoo', 'paris'];
  const options = { redisUrl: redis.url, databaseUrl: recorded.url, keys, systemIds, ...different };
  const gateway = await ready(await openTestGateway(options), status);
  const post = (path: string, body: JsonRecord, key = OPERATOR_KEY): Promise<Answer> =>
    call(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  return {
    ...{ recorded, gateway },
    feed: (query = '', key = OPERATOR_KEY) => {
      const system = key === PARIS_KEY || query.includes('system=') ? '' : 'system=odoo&';
      return get(`${gateway.url}/api/v1/feed?${system}${query}`, key);
    },
    pull: (fields = {}, key) => post('/api/v1/sync/pull', { ...DEVICE, ...fields }, key),
    reset: (fields) => post('/api/v1/sync/reset', { ...DEVICE, ...fields }),
    state: (query) => get(`${gateway.url}/api/v1/sync/state?${query}`, OPERATOR_KEY),
    close: async () => {
      await gateway.close();
      await recorded.drop();
    },
  };
}

/** Each test begins anew. */
export async function clearFeed({ recorded }: FeedStack): Promise<void> {
  await recorded.source.query(
    'truncate webhook_events, audit_logs, sync_devices, feed_floors restart identity; update feed_identity set id = gen_random_uuid()',
  );
}

export const idsIn = ({ body }: Answer): number[] => (body['events'] as { id: string }[]).map(({ id }) => Number(id));
export const positionIn = ({ body }: Answer): string => String(body['position']);

/** What the clean-up does of a system up to an id. */
export async function deleteUpTo({ source }: RecordedEvents, id: number, system = 'odoo'): Promise<void> {
  await source.query(
    `with deleted as (delete from webhook_events where system = $1 and id <= $2 returning id, recorded_at)
     insert into feed_floors select $1, max(id), max(recorded_at) from deleted
         on conflict (system) do update set id = excluded.id, recorded_at = excluded.recorded_at`,
    [system, id],
  );
}
