import { isOpen, isOverdue } from './held-up';
import { Facts, Finding, ToldDelivery } from './story';
import { receiverFindings } from './receiver-findings';
import { ago, count, secondsBetween, sentence, span } from './words';

/** What is known of the way of the record's events to subscriptions, each kind once per subscription. */
export function deliveryFindings({ deliveries, asked: { asked_at: now } }: Facts): Finding[] {
  const all = deliveries ?? [];
  const kinds = [
    ...alike(all.filter(({ state }) => state === 'dead')).map((some) => deadFinding(some, now)),
    ...alike(all.filter(({ state, attempts }) => state === 'waiting' && attempts > 0)).map((some) => fails(some, now)),
    ...alike(all.filter(({ state, attempts }) => state === 'waiting' && attempts === 0)).map((some) =>
      waits(some, now),
    ),
    ...alike(all.filter(({ state }) => state === 'discarded')).map((some) => discarded(some, now)),
  ];
  return [...kinds, ...receiverFindings(all, now)];
}

type Some = readonly [ToldDelivery, ...ToldDelivery[]];

/** Those of each subscription, oldest first: a receiver that is down fails for every event of the record. */
function alike(deliveries: readonly ToldDelivery[]): Some[] {
  const groups = new Map<string, [ToldDelivery, ...ToldDelivery[]]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.subscription);
    if (group === undefined) groups.set(delivery.subscription, [delivery]);
    else group.push(delivery);
  }
  return [...groups.values()];
}

const newest = (some: Some): ToldDelivery => some.at(-1) ?? some[0];

function deadFinding(some: Some, now: Date): Finding {
  const { id, event_id, subscription, system, attempts, closed_at, ...last } = newest(some);
  const when = closed_at === null ? '' : ` ${ago(closed_at, now)}`;
  const text =
    `Event ${event_id} is recorded, but was not delivered to "${subscription}": it was given up${when} after ` +
    `${count(attempts, 'try', 'tries')}, and is not tried again by itself${others(some)}. The last: ${reasonOf(last)}`;
  const all =
    some.length === 1
      ? ''
      : ` All that is dead there: \`bridgecore deliveries replay-all --subscription ${subscription}\`.`;
  const hint =
    `What came of each try: \`bridgecore deliveries show ${id}\`. When the receiver is mended: \`bridgecore deliveries replay ${id}\`; ` +
    `when it is worth nothing: \`bridgecore deliveries discard ${id}\`.${all}`;
  return { severity: 'error', code: 'DELIVERY_DEAD', system, text, hint };
}

function fails(some: Some, now: Date): Finding {
  const delivery = newest(some);
  const { id, event_id, subscription, system, attempts } = delivery;
  const text =
    `Event ${event_id} is recorded, but sending it to "${subscription}" has failed ${count(attempts, 'time')} so far${others(some)}: ` +
    `${reasonOf(delivery)} ${nextTry(delivery, now)}`;
  const hint = `Mend the receiver. What came of each try: \`bridgecore deliveries show ${id}\`.`;
  return { severity: 'error', code: 'DELIVERY_FAILS', system, text, hint };
}

function nextTry({ under_way, receiver, next_attempt_at: at }: ToldDelivery, now: Date): string {
  if (under_way) return 'It is being tried again just now.';
  if (receiver.state === 'paused') return 'It is not tried again before the subscription is resumed.';
  const next = [at, receiver.open_until].filter((time) => time !== null && time > now) as Date[];
  const [first] = next.sort((a, b) => b.getTime() - a.getTime());
  if (first === undefined) return 'It is about to be tried again.';
  return `It is tried again by itself, in ${span(secondsBetween(now, first))} (at ${first.toISOString()}) or soon after.`;
}

/** The one that waits longest: it says how bad that is. */
function waits(some: Some, now: Date): Finding {
  const [delivery] = some;
  const { id, event_id, subscription, system, waits_behind, receiver, under_way } = delivery;
  const is = under_way ? 'is being sent' : 'waits to be sent';
  const what = `Event ${event_id} is recorded and ${is} to "${subscription}"${others(some)}`;
  const common = { code: 'DELIVERY_WAITS', system };
  if (waits_behind !== null) {
    const text = `${what}: one after the other, and delivery ${waits_behind}, of an earlier event of the record, is not through.`;
    const hint = `Why not: \`bridgecore deliveries show ${waits_behind}\`. Once that is delivered, given up or discarded, this one is sent.`;
    return { ...common, severity: isOverdue(delivery, now) ? 'warning' : 'info', text, hint };
  }
  const isKept = receiver.state === 'paused' || isOpen(receiver, now); // which is a finding of its own
  if (isKept || !isOverdue(delivery, now)) {
    const hint = isKept ? null : `It should take seconds: \`bridgecore deliveries show ${id}\`.`;
    return { ...common, severity: 'info', text: `${what}.`, hint };
  }
  const late = delivery.next_attempt_at === null ? '' : `, due ${ago(delivery.next_attempt_at, now)} and not tried yet`;
  const hint =
    'Does a worker run, and can it read PostgreSQL? Otherwise too much waits for this subscription: its own rate ' +
    `(\`bridgecore subscriptions show ${subscription}\`) or a slow receiver holds it back.`;
  return { ...common, severity: 'warning', text: `${what}${late}.`, hint };
}

function discarded(some: Some, now: Date): Finding {
  const { id, event_id, subscription, system, closed_at } = newest(some);
  const when = closed_at === null ? '' : ` ${ago(closed_at, now)}`;
  const text = `Event ${event_id} is not sent to "${subscription}"${others(some)}: that was discarded${when}.`;
  const hint = `To send it all the same: \`bridgecore deliveries replay ${id}\`. Who discarded it, and why, the audit says.`;
  return { severity: 'info', code: 'DELIVERY_DISCARDED', system, text, hint };
}

function others({ length }: Some): string {
  return length === 1 ? '' : ` (and ${count(length - 1, 'other event')} of this record likewise)`;
}

/** What the last try met, as a sentence. */
function reasonOf({ last_status, last_error }: Pick<ToldDelivery, 'last_status' | 'last_error'>): string {
  if (last_error === null || last_error === '')
    return last_status === null ? 'no reason was kept.' : `it answered ${last_status}.`;
  const isTold = last_status === null || last_error.includes(String(last_status));
  return sentence(isTold ? last_error : `it answered ${last_status}: ${last_error}`);
}
