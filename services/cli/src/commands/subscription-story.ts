import { FilterView, SecretView, SubscriptionView } from '../api/notify-shapes';
import { Output } from '../output';
import { counted, wrapped } from '../text/prose';
import { Column } from '../text/table';
import { ago, toSecond } from '../text/time';

export const SUBSCRIPTIONS = '/api/v1/subscriptions';

/** Where the gateway has a subscription. */
export function pathOf(name: string): string {
  return `${SUBSCRIPTIONS}/${encodeURIComponent(name)}`;
}

/** Which events are wanted, on a line. */
export function filterInWords({
  systems,
  models,
  operations,
  priorities,
  condition,
  tests = false,
}: FilterView): string {
  const parts = [
    models === undefined ? 'all models' : models.join(', '),
    ...(operations === undefined ? [] : [`on ${operations.join(', ')}`]),
    ...(priorities === undefined ? [] : [`of priority ${priorities.join(', ')}`]),
    ...(systems === undefined ? [] : [`of ${systems.join(', ')}`]),
    ...(condition === undefined ? [] : [`with ${JSON.stringify(condition)}`]),
    ...(tests ? ['and tests'] : []),
  ];
  return parts.join(' ');
}

/** Shows a subscription: how it stands first, then what it is. */
export async function showSubscription(subscription: SubscriptionView, output: Output): Promise<void> {
  const { name, origin, url, filter, body, ordered, rate_per_minute: rate, deliveries, secrets } = subscription;
  output.print(wrapped(standingInWords(subscription, output), output.width));
  output.print('');
  const line = (title: string, text: string): void => output.print(`  ${title.padEnd(14)} ${text}`);
  line('url', url);
  line('events', filterInWords(filter));
  line('body', body === 'changed' ? 'with the changed fields only' : 'as recorded');
  line('order', ordered ? 'one after the other for each record' : 'as they come; one may overtake another');
  line('rate', rate === null ? 'as the receiver takes them' : `at most ${rate} a minute`);
  line('from', origin === 'file' ? 'SUBSCRIPTIONS_FILE: it is changed there' : 'an operator');
  line('made', `${toSecond(subscription.created_at)}; changed ${ago(subscription.updated_at)}`);
  line('deliveries', `${deliveries.waiting} waiting, ${deliveries.dead} dead`);
  output.print(`\nIts secrets, newest first`);
  await output.table(SECRET_COLUMNS)(secrets);
  const hint = whatToDo(subscription);
  if (hint !== undefined) output.print(`\n${output.paint('dim', hint.replaceAll('NAME', name))}`);
}

function standingInWords(subscription: SubscriptionView, { paint }: Output): string {
  const { name, state, paused_by: by, paused_at: at, pause_reason: reason } = subscription;
  const called = `The subscription ${paint('bold', name)}`;
  const why = reason === null ? '' : `: ${reason}`;
  if (state === 'paused') return `${called} is ${paint('red', 'paused')} ${WHO[by ?? ''] ?? ''}, ${ago(at)}${why}`;
  const { failures, failing_since: since, open_until: until } = subscription;
  if (failures === 0) return `${called} is ${paint('green', 'active')}.`;
  const next =
    until !== null && Date.parse(until) > Date.now() ? ` It is left alone; the next try is ${ago(until)}.` : '';
  return `${called} ${paint('yellow', 'fails')}: ${counted(failures, 'try', 'tries')} in a row, since ${toSecond(since)}.${next}`;
}

const WHO: Readonly<Record<string, string>> = {
  operator: 'by an operator',
  failures: 'by itself, since it failed for too long',
  gone: 'by itself, since its receiver has answered 410 (gone)',
};

function whatToDo({ state, failures, deliveries }: SubscriptionView): string | undefined {
  if (state === 'paused') return 'When the receiver is well: bridgecore subscriptions resume NAME';
  if (failures > 0)
    return 'What it answers: bridgecore deliveries list --state waiting --subscription NAME, then show <id>';
  if (deliveries.dead > 0) return 'Send the dead ones again: bridgecore deliveries replay-all --subscription NAME';
  return undefined;
}

const SECRET_COLUMNS: readonly Column<SecretView>[] = [
  { head: 'ID', cell: ({ id }) => id, isNumber: true },
  { head: 'MADE', cell: ({ created_at: at }) => ago(at) },
  { head: 'EXPIRES', cell: ({ expires_at: at }) => ago(at) },
  { head: 'KEPT UNDER', cell: ({ key_id: key }) => key },
];
