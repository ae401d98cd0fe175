import type { Json, JsonObject } from './json-write';
import type { Operation, Tracking } from './tracking';

const RELATION_LIMIT = 50; // the addon cuts longer relations without notice

/** What the payload of one event is made of. */
export interface PayloadParts {
  readonly tracking: Tracking;
  readonly recordId: number;
  readonly operation: Operation;
  readonly fields: JsonObject;
  readonly changedFields: readonly string[];
  readonly displayName: string;
  /** Of the transaction: seconds, naive. */
  readonly timestamp: string;
}

/** The record's fields with `_metadata` and `_changed_fields`, in the key order of PostgreSQL's jsonb (README §2). */
export function buildPayload(parts: PayloadParts): JsonObject {
  const { operation, fields, changedFields } = parts;
  const changed = operation === 'write' && changedFields.length > 0 ? { _changed_fields: changedFields } : {};
  const members: Record<string, Json | undefined> = { ...fields, _metadata: metadata(parts), ...changed };
  const ordered: Record<string, Json | undefined> = {};
  for (const name of Object.keys(members).sort(byLengthThenText)) ordered[name] = cut(members[name]);
  return ordered;
}

function metadata({ tracking, recordId, operation, displayName, timestamp }: PayloadParts): JsonObject {
  const { model, path, ruleId, label } = tracking;
  if (path === 'config') return { id: recordId, model, operation, timestamp, display_name: displayName };
  const { id, name } = rule(model, label, ruleId, operation);
  return { id: recordId, model, rule_id: id, rule_name: name, display_name: displayName };
}

function rule(model: string, label: string, ruleId: number, operation: Operation): { id: number; name: string } {
  if (operation === 'unlink') return { id: 25 + ruleId, name: `${model} - Delete` };
  return operation === 'create'
    ? { id: ruleId, name: `${label} - Create` }
    : { id: ruleId + 1, name: `${label} - Update` };
}

function cut(value: Json | undefined): Json | undefined {
  return Array.isArray(value) && value.length > RELATION_LIMIT ? value.slice(0, RELATION_LIMIT) : value;
}

function byLengthThenText(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : 1);
}
