import * as sift from 'sift';
import { isRecord, JsonRecord } from './json';

/** What the data of an event must be like, as MongoDB asks: `{"state": "sale", "amount_total": {"$gte": 1000}}`. */
export type Condition = JsonRecord;

/** Those of MongoDB's that compare values. `$where` runs code, and a `$regex` may take for ever: there are none. */
const OPERATIONS = {
  ...{ $eq: sift.$eq, $ne: sift.$ne, $gt: sift.$gt, $gte: sift.$gte, $lt: sift.$lt, $lte: sift.$lte },
  ...{ $in: sift.$in, $nin: sift.$nin, $all: sift.$all, $size: sift.$size, $exists: sift.$exists },
  ...{ $and: sift.$and, $or: sift.$or, $nor: sift.$nor, $not: sift.$not, $elemMatch: sift.$elemMatch },
};

const LISTED = ['$in', '$nin', '$all', '$and', '$or', '$nor'];

/** Of lists and objects none is the greater one; to ask it of some that Odoo may send throws. */
const COMPARED = ['$gt', '$gte', '$lt', '$lte'];

/** What PostgreSQL cannot keep: NUL, and half a character. */
const UNKEEPABLE = /[\0\p{Cs}]/u;

/** Deeper and larger than any that somebody writes. */
const MAX_DEPTH = 8;
const MAX_LENGTH = 8_192;

/** What is wrong with a condition, or null. Whether an event has such fields is not asked: most have other ones. */
export function conditionProblem(condition: unknown): string | null {
  if (!isRecord(condition)) return 'must be an object, as in {"amount_total": {"$gte": 1000}}';
  const problem = problemIn(condition, 0);
  if (problem !== null) return problem;
  if (JSON.stringify(condition).length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters of JSON`;
  try {
    compileCondition(condition)({});
    return null;
  } catch (error) {
    return `cannot be understood: ${(error as Error).message}`;
  }
}

/** A condition that has no problem → whether it holds of the data of an event. */
export function compileCondition(condition: Condition): (data: JsonRecord) => boolean {
  const test = sift.createQueryTester<JsonRecord>(condition, { operations: OPERATIONS });
  return (data) => test(data);
}

function problemIn(value: unknown, depth: number): string | null {
  if (depth > MAX_DEPTH) return `must be nested at most ${MAX_DEPTH} levels deep`;
  if (typeof value === 'string') return textProblem(value);
  if (Array.isArray(value)) return firstProblem(value, depth);
  if (!isRecord(value)) return null;
  const bare = LISTED.find((name) => Object.hasOwn(value, name) && !Array.isArray(value[name]));
  if (bare !== undefined) return `must have a list behind ${bare}`;
  const vague = COMPARED.find((name) => typeof (value[name] ?? null) === 'object' && Object.hasOwn(value, name));
  if (vague !== undefined) return `must have a number or a text behind ${vague}`;
  const strange = Object.keys(value).find((name) => name.startsWith('$') && !Object.hasOwn(OPERATIONS, name));
  if (strange === undefined) return firstProblem([...Object.keys(value), ...Object.values(value)], depth);
  return `has ${strange.slice(0, 50)}; there are ${Object.keys(OPERATIONS).join(', ')}`;
}

function textProblem(text: string): string | null {
  return UNKEEPABLE.test(text) ? 'has a text with a NUL or half a character' : null;
}

function firstProblem(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const problem = problemIn(value, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}
