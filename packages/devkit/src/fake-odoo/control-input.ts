import { FAULT_PATHS, type Fault } from './faults';
import type { JsonObject } from './json-write';
import type { PushShare } from './options';

/** A fault, or something that is done once: both come to `POST /__control/faults`. */
export interface FaultOrder extends Fault {
  readonly resetDatabase?: boolean;
  /** Begins a transaction with so many events, which are not visible until `commitHeldBack`. */
  readonly holdBack?: number;
  readonly commitHeldBack?: boolean;
}

/** What `POST /__control/events` takes. */
export interface EventOrder {
  readonly count: number;
  readonly push?: PushShare;
}

type Check = (value: unknown) => boolean;

const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

const MEMBERS: Readonly<Record<keyof FaultOrder, Check>> = {
  path: (value) => (FAULT_PATHS as readonly unknown[]).includes(value),
  times: isCount,
  latencyMs: isCount,
  status: (value) => isCount(value) && (value as number) >= 200 && (value as number) < 600,
  retryAfter: (value) => isCount(value) || typeof value === 'string',
  hang: isFlag,
  reset: isFlag,
  afterWork: isFlag,
  errorText: (value) => typeof value === 'string',
  refuseIds: (value) => value === 'all' || (Array.isArray(value) && value.every(Number.isSafeInteger)),
  notJson: isFlag,
  resetDatabase: isFlag,
  holdBack: isCount,
  commitHeldBack: isFlag,
};

/** True for one fault order or a list of them, with no member that is unknown or of a wrong type. */
export function isFaultOrder(input: unknown): input is FaultOrder | readonly FaultOrder[] {
  if (Array.isArray(input)) return input.every((order) => !Array.isArray(order) && isFaultOrder(order));
  if (typeof input !== 'object' || input === null) return false;
  const checks: Readonly<Record<string, Check>> = MEMBERS;
  return Object.entries(input).every(([name, value]) => checks[name]?.(value) ?? false);
}

/** True for a count up to 100 000 and a share. */
export function isEventOrder(input: unknown): input is EventOrder {
  if (typeof input !== 'object' || input === null) return false;
  const { count, push = 'all' } = input as { count?: unknown; push?: unknown };
  if (!isCount(count) || (count as number) < 1 || (count as number) > 100_000) return false;
  return push === 'all' || push === 'none' || (typeof push === 'number' && push >= 0 && push <= 1);
}

/** What `POST /__control/records` takes. */
export interface SeedOrder {
  readonly model: string;
  readonly rows: readonly JsonObject[];
}

export function isSeedOrder(input: unknown): input is SeedOrder {
  if (!isRecord(input)) return false;
  const { model, rows } = input;
  return typeof model === 'string' && Array.isArray(rows) && rows.every(isRecord);
}

/** What `POST /__control/edit` takes. */
export interface EditOrder {
  readonly model: string;
  readonly id: number;
  readonly values: JsonObject;
}

export function isEditOrder(input: unknown): input is EditOrder {
  if (!isRecord(input)) return false;
  const { model, id, values } = input;
  return typeof model === 'string' && isCount(id) && isRecord(values);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
