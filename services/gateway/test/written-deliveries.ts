import { DataSource } from 'typeorm';
import { JsonRecord } from '@bridgecore/contracts';

/** Every table of the notifications, for a test to empty. */
export const NOTIFY_TABLES = 'delivery_attempts, deliveries, subscription_secrets, subscriptions';

/** Writes a subscription that is like the others but for what is given; returns its id. */
export async function addSubscription(source: DataSource, different: JsonRecord = {}): Promise<string> {
  const settings = { name: 'shop', url: 'https://shop.example.com/hook', filter: {}, ordered: false, state: 'active' };
  const [row] = await source.query<{ id: string }[]>(
    `insert into subscriptions (name, origin, url, filter, body, ordered, state, paused_by, paused_at, pause_reason, failures, open_until, removed_at)
     select name, 'api', url, filter, 'recorded', ordered, state, paused_by, paused_at, pause_reason, coalesce(failures, 0), open_until, removed_at
       from jsonb_populate_record(null::subscriptions, $1)
     returning id`,
    [{ ...settings, ...different }],
  );
  return String(row?.id);
}

/** Writes deliveries as the fan-out and the worker leave them, each of an event of its own unless it says which; returns their ids. */
export async function addDeliveries(source: DataSource, subscription: string, ...all: JsonRecord[]): Promise<string[]> {
  const common = { system: 'odoo', model: 'sale.order', record_id: 25, state: 'waiting' };
  const rows = await source.query<{ id: string }[]>(
    `insert into deliveries (subscription_id, event_id, system, model, record_id, ordered, state, attempts, claim, next_attempt_at,
       last_status, last_error, closed_at)
     select $1, event_id, system, model, record_id, coalesce(ordered, false), state, coalesce(attempts, 0), claim,
            coalesce(next_attempt_at, now()), last_status, last_error,
            case when state <> 'waiting' then now() - interval '1 hour' end
       from jsonb_populate_recordset(null::deliveries, $2) with ordinality as given
      order by ordinality
     returning id`,
    [subscription, JSON.stringify(all.map((different, at) => ({ ...common, event_id: at + 1, ...different })))],
  );
  return rows.map(({ id }) => id);
}
