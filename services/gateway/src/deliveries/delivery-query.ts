import { IsIn, IsOptional } from 'class-validator';
import { parse } from '@bridgecore/contracts';
import { assertOnly, BulkReplay, emptied, IfGiven } from '../dead-letter-query';
import { IsName, IsOrder, IsPageLimit, IsPosition, IsRecordId } from '../query-fields';

export const STATES = ['waiting', 'delivered', 'dead', 'discarded'] as const;
export type DeliveryState = (typeof STATES)[number];

/** Which deliveries are meant; what is left out does not matter. */
export class DeliveryFilter {
  /** A subscription's name. */
  @IfGiven()
  @IsName(63)
  readonly subscription?: string;

  @IfGiven()
  @IsName(64)
  readonly system?: string;

  @IfGiven()
  @IsName(128)
  readonly model?: string;

  @IfGiven()
  @IsRecordId()
  readonly record_id?: number;

  @IfGiven()
  @IsPosition('an event')
  readonly event_id?: string;
}

/** Which deliveries are listed. */
export class DeliveryQuery extends DeliveryFilter {
  @IsOptional()
  @IsIn(STATES, { message: `must be one of ${STATES.join(', ')}` })
  readonly state?: DeliveryState;

  /** The id of the last delivery seen. */
  @IsPosition('a delivery')
  readonly after: string = '0';

  @IsPageLimit()
  readonly limit: number = 100;

  /** With `desc` the newest come first, and `after` is the oldest one seen. */
  @IsOrder()
  readonly order: 'asc' | 'desc' = 'asc';
}

const FILTERS: readonly string[] = ['subscription', 'system', 'model', 'record_id', 'event_id'];

/** Every parameter of the list. */
export const DELIVERY_PARAMETERS: readonly string[] = [...FILTERS, 'state', 'after', 'limit', 'order'];

/** A bulk replay's body, checked; `{}` as its filter means all that are dead. */
export function parseReplayAll(body: unknown): { readonly filter: DeliveryFilter; readonly dry_run: boolean } {
  assertOnly(body, ['filter', 'dry_run'], '', 'REQUEST_INVALID');
  const { dry_run } = parse(BulkReplay, emptied(body), 'REQUEST_INVALID');
  const filter = body['filter']; // as it was sent: parsing loses a `__proto__`, and what is left would mean all
  assertOnly(filter, FILTERS, 'filter.', 'REQUEST_INVALID');
  return { filter: parse(DeliveryFilter, emptied(filter), 'REQUEST_INVALID'), dry_run };
}
