import { Api } from '../api/api';
import { SubscriptionView } from '../api/notify-shapes';
import { CliError } from '../cli-error';
import { counted, listed } from '../text/prose';
import { failed, Found, ok, skipped, warning } from './check';

/** Whether those who are told of events get them. */
export async function lookAtNotifications(api: Api): Promise<Found> {
  try {
    const { subscriptions } = await api.get<{ subscriptions: SubscriptionView[] }>('/api/v1/subscriptions');
    return notificationsFound(subscriptions);
  } catch (error) {
    if (error instanceof CliError && error.options.status === 404) return skipped('a gateway of a former version');
    throw error;
  }
}

/** What the subscriptions tell: one that is paused by itself loses time every hour, and nobody else says so. */
export function notificationsFound(subscriptions: readonly SubscriptionView[]): Found {
  if (subscriptions.length === 0) return ok('nobody subscribes');
  const named = (is: (one: SubscriptionView) => boolean): string[] => subscriptions.filter(is).map(({ name }) => name);
  const byItself = named((one) => isPaused(one) && one.paused_by !== 'operator');
  const byOperator = named((one) => isPaused(one) && one.paused_by === 'operator');
  const failing = named((one) => !isPaused(one) && one.open_until !== null && Date.parse(one.open_until) > Date.now());
  const dead = named(({ deliveries }) => deliveries.dead > 0);
  const sum = (member: 'waiting' | 'dead'): number =>
    subscriptions.reduce((total, { deliveries }) => total + deliveries[member], 0);
  const text = [
    `${counted(subscriptions.length, 'subscription')}, ${sum('waiting')} waiting`,
    ...said(byItself, 'paused by itself'),
    ...said(byOperator, 'paused by an operator'),
    ...said(failing, 'failing'),
    ...(dead.length === 0 ? [] : [`${counted(sum('dead'), 'dead delivery', 'dead deliveries')} (${listed(dead)})`]),
  ].join('; ');
  if (byItself.length > 0)
    return failed(text, `When the receiver is well: bridgecore subscriptions resume ${byItself[0] ?? ''}`);
  if (failing.length > 0)
    return warning(
      text,
      `What it answers: bridgecore deliveries list --state waiting --subscription ${failing[0] ?? ''}`,
    );
  if (dead.length > 0) return warning(text, 'See them: bridgecore deliveries list');
  return byOperator.length > 0
    ? warning(text, `Go on: bridgecore subscriptions resume ${byOperator[0] ?? ''}`)
    : ok(text);
}

const isPaused = ({ state }: SubscriptionView): boolean => state === 'paused';

function said(names: readonly string[], what: string): string[] {
  return names.length === 0 ? [] : [`${what}: ${listed(names)}`];
}
