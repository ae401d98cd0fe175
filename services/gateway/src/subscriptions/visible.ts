import { BridgeError, invalid, SubscriptionFilter } from '@bridgecore/contracts';

/** Of all subscriptions those that `$2`, the system of a key, may see; null is a key that sees all. */
export const IS_VISIBLE = `($2::text is null or filter -> 'systems' = jsonb_build_array($2::text))`;

/** The system of a filter that wants events of one alone: whoever speaks for it sees the subscription, and what was done to it. */
export function onlySystem({ systems = [] }: SubscriptionFilter): { system?: string } {
  const [system, ...more] = systems;
  return system === undefined || more.length > 0 ? {} : { system };
}

/**
 * The filter that a key may have: one that speaks for a system subscribes to that system's events, also without saying so. Throws
 * `FORBIDDEN` when it asks for others, and `REQUEST_INVALID` for a system that there is not, which nobody would notice.
 */
export function allowedFilter(
  filter: SubscriptionFilter,
  own: string | undefined,
  systemIds: readonly string[],
): SubscriptionFilter {
  const { systems } = filter;
  if (own !== undefined) {
    if (systems?.some((system) => system !== own) === true) {
      throw new BridgeError('FORBIDDEN', `This key sees only the system "${own}".`);
    }
    return { ...filter, systems: [own] };
  }
  const unknown = systems?.filter((system) => !systemIds.includes(system)) ?? [];
  if (unknown.length === 0) return filter;
  const message = `has ${unknown.join(', ')}; there are ${systemIds.join(', ')}`;
  throw invalid([{ field: 'filter.systems', message }], 'REQUEST_INVALID');
}
