import { parseSubscription } from '@bridgecore/contracts';
import { insertSubscription } from '@bridgecore/database';
import { WorkerStack } from './worker-stack';

/** Makes a subscription as the gateway does, and tells its id. */
export async function subscribe(
  { rows }: Pick<WorkerStack, 'rows'>,
  name: string,
  settings: object = {},
): Promise<string> {
  const { secrets: _, ...spec } = parseSubscription({ name, url: 'https://shop.example/hooks', ...settings });
  return insertSubscription(rows, 'api', spec);
}

/** Of each delivery, in the order of their ids, whom it is for and which event it tells of, as `shop 1`. */
export async function deliveries({ rows }: Pick<WorkerStack, 'rows'>): Promise<string[]> {
  const found = await rows<{ name: string; event_id: string }>(
    `select name, event_id from deliveries join subscriptions on subscriptions.id = subscription_id order by deliveries.id`,
  );
  return found.map(({ name, event_id }) => `${name} ${event_id}`);
}
