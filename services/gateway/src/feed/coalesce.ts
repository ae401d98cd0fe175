import { WebhookEventRow } from '@bridgecore/database';

/** An event, and for how many of its record in this page it stands. */
export type Coalesced = WebhookEventRow & { readonly coalesced: number };

/** Of several events of one record only the last, in its place. */
export function coalesceLatest(events: readonly WebhookEventRow[]): Coalesced[] {
  const counts = new Map<string, number>();
  const kept: Coalesced[] = [];
  for (const event of events) counts.set(recordOf(event), (counts.get(recordOf(event)) ?? 0) + 1);
  for (const event of [...events].reverse()) {
    const coalesced = counts.get(recordOf(event));
    if (coalesced === undefined) continue;
    counts.delete(recordOf(event));
    kept.push({ ...event, coalesced });
  }
  return kept.reverse();
}

function recordOf({ model, record_id }: WebhookEventRow): string {
  return `${model} ${record_id}`;
}
