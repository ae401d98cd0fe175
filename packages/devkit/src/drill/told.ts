import type { Received } from '../fake-receiver/index';
import type { EventRow } from './evidence';
import type { Finding } from './reconcile';

/** A receiver in the end: what its subscription wants, and what came. */
export interface Told {
  readonly name: string;
  readonly wants: (event: EventRow) => boolean;
  readonly isOrdered: boolean;
  /** Every try whose signature verified. */
  readonly received: readonly Received[];
  /** What was accepted, without repeats. */
  readonly distinct: readonly Received[];
  /** Why requests did not verify. */
  readonly unverified: readonly string[];
}

/** Compares what was recorded with what each receiver was told, event by event. */
export function reconcileTold(rows: readonly EventRow[], receivers: readonly Told[]): Finding[] {
  return receivers.flatMap((receiver) => [
    ...untold(rows, receiver),
    ...renamed(receiver),
    ...(receiver.isOrdered ? disordered(receiver) : []),
    ...receiver.unverified.map((why) => ({ check: 'forged' as const, detail: `${receiver.name}: ${why}` })),
  ]);
}

function untold(rows: readonly EventRow[], { name, wants, distinct }: Told): Finding[] {
  const told = new Set(distinct.map(eventOf));
  const wanted = new Set(rows.filter(wants).map(({ id }) => id));
  const missing = [...wanted].filter((id) => !told.has(id));
  const strange = [...told].filter((id) => !wanted.has(id));
  return [
    ...missing.map((id) => ({ check: 'untold' as const, detail: `${name}: event ${id}` })),
    ...strange.map((id) => ({ check: 'unwanted' as const, detail: `${name}: event ${id}` })),
  ];
}

/** By its webhook-id a receiver knows a repeat: it is the same in every try, and of no other event. */
function renamed({ name, received }: Told): Finding[] {
  const ids = new Map<string, string>();
  const events = new Map<string, string>();
  return received.flatMap((delivery) => {
    const event = eventOf(delivery);
    const isSame = (ids.get(event) ?? delivery.id) === delivery.id && (events.get(delivery.id) ?? event) === event;
    ids.set(event, delivery.id);
    events.set(delivery.id, event);
    return isSame ? [] : [{ check: 'renamed', detail: `${name}: event ${event} as ${delivery.id}` }];
  });
}

function disordered({ name, distinct }: Told): Finding[] {
  const last = new Map<string, number>();
  return distinct.flatMap(({ body: { data } }) => {
    const record = `${String(data['system'])} ${String(data['model'])} ${String(data['record_id'])}`;
    const id = Number(data['id']);
    const before = last.get(record) ?? 0;
    last.set(record, Math.max(before, id));
    return id > before ? [] : [{ check: 'disordered', detail: `${name}: ${record}: event ${id} after ${before}` }];
  });
}

const eventOf = ({ body }: Received): string => String(body.data['id']);
