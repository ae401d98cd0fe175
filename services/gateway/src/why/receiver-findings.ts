import { isOpen } from './held-up';
import { Finding, ReceiverView, ToldDelivery } from './story';
import { ago, count, secondsBetween, sentence, span } from './words';

/** So many failures in a row open the breaker; before that only the receiver itself makes us wait. */
const BREAKER_FAILURES = 5;

/** Why nothing is sent to subscriptions that something of the record is to be sent to. */
export function receiverFindings(deliveries: readonly ToldDelivery[], now: Date): Finding[] {
  const missing = deliveries.filter(({ state }) => state === 'waiting' || state === 'dead');
  const names = [...new Set(missing.map(({ subscription }) => subscription))];
  return names.flatMap((name) => {
    const its = missing.filter(({ subscription }) => subscription === name);
    const [first] = its;
    if (first === undefined) return [];
    const waiting = its.filter(({ state }) => state === 'waiting').length;
    const { receiver, system } = first;
    if (receiver.state === 'paused') return [{ ...paused(name, receiver, waiting, now), system }];
    return isOpen(receiver, now) && waiting > 0 ? [{ ...open(name, receiver, now), system }] : [];
  });
}

type Unaddressed = Omit<Finding, 'system'>;

function paused(name: string, receiver: ReceiverView, waiting: number, now: Date): Unaddressed {
  const { paused_by: by, paused_at, pause_reason: reason } = receiver;
  const when = paused_at === null ? '' : ` ${ago(paused_at, now)}`;
  const why = reason === null || reason === '' ? '.' : `: ${sentence(reason)}`;
  const held = waiting === 0 ? '' : ` Of this record ${count(waiting, 'delivery waits', 'deliveries wait')} for it.`;
  const text = `Nothing is sent to "${name}": it was paused${when} ${BY[by ?? 'operator']}${why}${held}`;
  const resume = `\`bridgecore subscriptions resume ${name}\`; what waits is sent then.`;
  return { severity: 'error', code: 'SUBSCRIPTION_PAUSED', text, hint: `${ADVICE[by ?? 'operator']}${resume}` };
}

const BY = {
  operator: 'by an operator',
  failures: 'by itself, since every try had failed for too long',
  gone: 'by itself, since its receiver answered 410 (it is gone for good)',
} as const;

const ADVICE = {
  operator: 'Ask who paused it (the audit says) whether it may go on, then: ',
  failures: 'Mend the receiver, then: ',
  gone: 'Ask who runs the receiver where it is now, and give the subscription that address. Then: ',
} as const;

function open(name: string, { failures, failing_since, open_until }: ReceiverView, now: Date): Unaddressed {
  const since = failing_since === null ? '' : ` (for ${span(secondsBetween(failing_since, now))})`;
  const why =
    failures >= BREAKER_FAILURES
      ? `the last ${count(failures, 'try', 'tries')} failed${since}`
      : 'its receiver has asked to be left alone so long';
  const until = open_until ?? now;
  const text = `Nothing is sent to "${name}" for ${span(secondsBetween(now, until))} (until ${until.toISOString()}): ${why}.`;
  const hint =
    'Then it goes on by itself, with one try at first. When the receiver is mended already, ' +
    `\`bridgecore subscriptions resume ${name}\` has it tried at once.`;
  return { severity: 'warning', code: 'SUBSCRIPTION_OPEN', text, hint };
}
