import { array, Arbitrary, boolean, constantFrom, integer, nat, record } from 'fast-check';
import { JsonRecord, WebhookEvent } from '@bridgecore/contracts';
import { Break } from './breaking-pool';
import { pushed } from './worker-stack';

/**
 * Any history of an Odoo, with any way for it to reach us.
 *
 * Changes are 10 s apart: equal contents without a date that are nearer than the window of twins and come out of order can
 * give a surplus row, since only their time tells them apart. `design.md` promises such twins 2 s at most.
 */
export interface Change {
  readonly kind: 'dated' | 'undated' | 'unlink';
  readonly record_id: number;
  readonly content: number;
  /** Under how many push ids it is pushed: one for each subscriber in Odoo. */
  readonly pushIds: number;
  /** The instant and the scheduled copy of one push have one id. */
  readonly copies: number;
  readonly secondsLate: number;
  /** Committed when the cursor may have passed its id. */
  readonly isLate: boolean;
}

/** Pushes of somebody who gives no ids, and what he gives instead. */
export interface Anonymous {
  readonly mark: 'key' | 'time' | 'none';
  readonly times: number;
}

/** How the arrivals reach us. Numbers are drawn one after the other, and again from the first. */
export interface Course {
  readonly order: readonly number[];
  readonly jobSizes: readonly number[];
  readonly steps: readonly ('job' | 'pull' | 'sweep' | 'unlock' | 'forget' | 'reveal')[];
  readonly atOnce: readonly number[];
  readonly isRunTwice: readonly boolean[];
  readonly pageSize: number;
  /** What goes wrong, until there is no more of it. */
  readonly breaks: readonly (Break | undefined)[];
  readonly seenFails: readonly boolean[];
  readonly acknowledgementFails: readonly boolean[];
}

export interface History {
  readonly changes: readonly Change[];
  readonly anonymous: readonly Anonymous[];
  readonly course: Course;
}

const change: Arbitrary<Change> = record({
  kind: constantFrom('dated', 'undated', 'unlink'),
  record_id: integer({ min: 1, max: 2 }),
  content: integer({ min: 0, max: 1 }),
  pushIds: integer({ min: 0, max: 2 }),
  copies: integer({ min: 1, max: 2 }),
  secondsLate: integer({ min: 0, max: 1 }),
  isLate: boolean(),
});

const course: Arbitrary<Course> = record({
  order: array(nat(99), { minLength: 1, maxLength: 40 }),
  jobSizes: array(integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
  steps: array(constantFrom('job', 'job', 'job', 'pull', 'pull', 'sweep', 'unlock', 'forget', 'reveal'), {
    maxLength: 16,
  }),
  atOnce: array(integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
  isRunTwice: array(boolean(), { minLength: 1, maxLength: 5 }),
  pageSize: integer({ min: 1, max: 5 }),
  breaks: array(constantFrom(undefined, undefined, 'before-commit', 'after-commit'), { maxLength: 10 }),
  seenFails: array(boolean(), { maxLength: 5 }),
  acknowledgementFails: array(boolean(), { maxLength: 5 }),
});

/** Histories small enough to be shrunk and read. */
export const histories: Arbitrary<History> = record({
  changes: array(change, { minLength: 1, maxLength: 8 }),
  anonymous: array(record({ mark: constantFrom('key', 'time', 'none'), times: integer({ min: 1, max: 3 }) }), {
    maxLength: 3,
  }),
  course,
});

/** The time of Odoo's so-many-th change, in Odoo's spelling. */
export function timeOf(index: number, secondsLate = 0): string {
  return new Date(Date.UTC(2026, 10, 23, 6, 0, index * 10 + secondsLate)).toISOString().slice(0, 19);
}

/** What the record's data is after the change; unlike an undated one, a dated one is like no other. */
export function payloadOf({ kind, record_id, content }: Change, index: number): JsonRecord {
  const payload = { id: record_id, content };
  return kind === 'dated' ? { ...payload, write_date: `${timeOf(index)}.${String(index).padStart(6, '0')}` } : payload;
}

/** The operation that Odoo reports. */
export function operationOf({ kind }: Change): string {
  return kind === 'unlink' ? 'unlink' : 'write';
}

/** The push ids of a change, from a sequence of their own. */
export function pushIdsOf({ pushIds }: Change, index: number): number[] {
  return Array.from({ length: pushIds }, (_, n) => 1 + index * 2 + n);
}

/** Every request that reaches the gateway, each with an arrival id of its own. */
export function requestsOf({ changes, anonymous }: History, system: string): WebhookEvent[] {
  const known = changes.flatMap((made, index) =>
    pushIdsOf(made, index).flatMap((id) =>
      Array.from({ length: made.copies }, (_, copy) =>
        pushed(id, {
          ...{ payload: payloadOf(made, index), operation: operationOf(made), record_id: made.record_id },
          ...{ timestamp: timeOf(index, copy === 0 ? made.secondsLate : 0), arrival: { system } },
        }),
      ),
    ),
  );
  const unknown = anonymous.flatMap(({ mark, times }, index) =>
    Array.from({ length: times }, () =>
      pushed(null, {
        ...{ payload: { anonymous: index }, timestamp: mark === 'time' ? timeOf(index) : '' },
        arrival: { system, idempotency_key: mark === 'key' ? `key-${index}` : null },
      }),
    ),
  );
  return [...known, ...unknown];
}

/**
 * How many rows there must be: one per change, since Odoo's table has them all. Without a date, nothing tells a second
 * push id from a second change (rule 3 is for dated ones), nor one nameless request from the next (rule 4).
 */
export function rowsOf({ changes, anonymous }: History): number {
  const ofChange = ({ kind, pushIds }: Change): number => (kind === 'dated' ? 1 : Math.max(1, pushIds));
  const ofAnonymous = ({ mark, times }: Anonymous): number => (mark === 'none' ? times : 1);
  return sum(changes.map(ofChange)) + sum(anonymous.map(ofAnonymous));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
