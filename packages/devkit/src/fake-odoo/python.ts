import { PythonFloat, writeFloat, type Json } from './json-write';

/** What Odoo's Python would raise; the kind decides between 400 and 500, the message is part of the answer. */
export class PythonError extends Error {
  override readonly name = 'PythonError';

  constructor(
    readonly kind: 'ValueError' | 'TypeError' | 'AttributeError' | 'OverflowError' | 'JSONDecodeError',
    message: string,
  ) {
    super(message);
  }
}

/** Python's `int(value)`, without its bound of 4300 digits. */
export function toInt(value: Json | undefined): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return BigInt(value);
  if (value instanceof PythonFloat) return BigInt(Math.trunc(value.value));
  if (typeof value === 'string') return parseInteger(value);
  const argument = 'int() argument must be a string, a bytes-like object or a real number';
  throw new PythonError('TypeError', `${argument}, not '${typeName(value ?? null)}'`);
}

function parseInteger(text: string): bigint {
  const digits = /^\s*([+-]?)(\d+(?:_\d+)*)\s*$/.exec(text);
  if (digits === null) throw new PythonError('ValueError', `invalid literal for int() with base 10: ${repr(text)}`);
  const size = BigInt((digits[2] ?? '').replaceAll('_', ''));
  return digits[1] === '-' ? -size : size;
}

/** Python's `type(value).__name__`. */
export function typeName(value: Json): string {
  if (value === null) return 'NoneType';
  if (value instanceof PythonFloat) return 'float';
  if (Array.isArray(value)) return 'list';
  const names: Record<string, string> = { string: 'str', boolean: 'bool', object: 'dict' };
  return names[typeof value] ?? 'int';
}

/** Python's `repr(value)`, as it appears in error messages. */
export function repr(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return reprString(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof PythonFloat) return writeFloat(value.value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(repr).join(', ')}]`;
  const members = Object.entries(value).map(([key, member]) => `${repr(key)}: ${repr(member ?? null)}`);
  return `{${members.join(', ')}}`;
}

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Python's truth: `if models:` is false for null, "", 0, [] and {}. */
export function isTrue(value: Json | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (value instanceof PythonFloat) return value.value !== 0;
  return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);
}
