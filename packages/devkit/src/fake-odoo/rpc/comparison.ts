import type { Json } from '../json-write';
import { isList, textOf } from './call-context';
import { NUMERIC, type Field } from './fields';
import { sortable } from './timestamps';
import type { RpcVersion } from './rpc-user';

/** True for a value that passes; `undefined` and false are a field that is not set. */
export type Test = (value: Json | undefined) => boolean;

/**
 * One operator on one plain field, as SQL and the ORM together see it: what is not set is never greater or less, but
 * differs from everything.
 */
export function compare(field: Field, operator: string, operand: Json, version: RpcVersion): Test {
  if (operator === 'in' || operator === 'not in') return among(field, operator === 'in', operand);
  if (operator.endsWith('like')) return like(operator, operand);
  if (isList(operand)) return among(field, operator === '=', operand); // Odoo says so in its log, and goes on
  if (operator === '=') return equal(field, operand);
  if (operator === '!=') {
    const same = equal(field, operand);
    return (value) => !same(value);
  }
  if (operand === false || operand === null) return () => false;
  return field.type === 'datetime' ? datetimeOrder(operator, operand, version) : order(field, operator, operand);
}

function among(field: Field, isIn: boolean, operand: Json): Test {
  const options = isList(operand) ? operand : [operand];
  const wanted = new Set(options.map((option) => plain(field, option)));
  return (value) => wanted.has(plain(field, value)) === isIn;
}

function equal(field: Field, operand: Json): Test {
  const wanted = plain(field, operand);
  return (value) => plain(field, value) === wanted;
}

/** One spelling for what is the same, and false for all that is not set. */
function plain(field: Field, value: Json | undefined): Json {
  if (value === undefined || value === null || value === '') return NUMERIC.has(field.type) ? 0 : false;
  if (NUMERIC.has(field.type)) return value === false ? 0 : Number(value);
  if (field.type === 'boolean') return Boolean(value);
  return field.type === 'datetime' && typeof value === 'string' ? sortable(value) : value;
}

function order(field: Field, operator: string, operand: Json): Test {
  const wanted = plain(field, operand) as string | number;
  return (value) => {
    const given = plain(field, value);
    if (given === false || typeof given !== typeof wanted) return false;
    return holds(operator, given as string | number, wanted);
  };
}

/**
 * Odoo 18 hands the moment to PostgreSQL, which compares it with the microseconds stored: `> 06:33:51` is true for
 * 06:33:51.4. Odoo 19 makes `>= 06:33:52` of it, and `< 06:33:52` of `<=`: the fraction of a second does not count.
 */
function datetimeOrder(operator: string, operand: Json, version: RpcVersion): Test {
  const text = textOf(operand);
  const isDay = text.length === 10;
  const isToTheEnd = isDay && (operator === '>' || operator === '<=');
  const wanted = isToTheEnd ? `${text} 23:59:59.000000` : sortable(text);
  const cut = (moment: string): string => (version === 19 ? moment.slice(0, 19) : moment);
  return (value) => typeof value === 'string' && holds(operator, cut(sortable(value)), cut(wanted));
}

function holds<Value extends string | number>(operator: string, left: Value, right: Value): boolean {
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return operator === '<' ? left < right : left <= right;
}

/** `%` and `_` are wildcards; without an equals sign the text may stand anywhere. Case counts for `like` only. */
function like(operator: string, operand: Json): Test {
  const isWhole = operator.startsWith('=');
  const text = operand === false || operand === null ? '' : textOf(operand);
  const pattern = [...text].map((character) => WILDCARDS[character] ?? escaped(character)).join('');
  const flags = operator.endsWith('ilike') ? 'isu' : 'su';
  const expression = new RegExp(isWhole ? `^${pattern}$` : pattern, flags);
  if (operator.startsWith('not')) return (value) => !isText(value) || !expression.test(String(value));
  if (!isWhole && text === '') return () => true;
  return (value) => isText(value) && expression.test(String(value));
}

const WILDCARDS: Readonly<Record<string, string>> = { '%': '.*', _: '.' };

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

function isText(value: Json | undefined): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}
