import type { Random } from '../fake-odoo/random';

type Json = Record<string, unknown>;

/** Values that are wrong, huge, deep or odd; `raw` ones are put into the text, since no object can hold them. */
const ODD: readonly unknown[] = [
  ...[null, true, false, '', 0, -1, 1.5, 2_147_483_648, Number.MAX_SAFE_INTEGER + 2, 1e308, 'NaN', [], {}, [[]]],
  ...['\u0000', '\ud800', '\udfff\u0000', '\u202e', '\ufeff', '💥'.repeat(50), '__proto__', "'; drop table x; --"],
  ...['2026-02-30 25:61:61', '0000-00-00', '9'.repeat(400), 'x'.repeat(5_000), { toString: 1, constructor: 2 }],
  ...[Array.from({ length: 300 }, (_, index) => index), deep(20), deep(100)],
];

const RAW = [
  '1e999',
  '-0',
  '1'.repeat(400),
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  'NaN',
  "'a'",
  '/**/',
  '01',
  '['.repeat(5_000) + ']'.repeat(5_000),
];

/** One body that may or may not be an event any more; the same draws give the same text. */
export function mutate(body: unknown, random: Random): string {
  const copy: unknown = structuredClone(body);
  for (let times = random.between(0, 4); times > 0; times -= 1) change(copy, random);
  let text = JSON.stringify(copy);
  if (random.chance(0.15)) text = replaceValue(text, random);
  if (random.chance(0.05)) text = duplicateMember(text, random);
  if (random.chance(0.08)) text = text.slice(0, random.between(0, text.length));
  return text;
}

/** The bytes of a text, a few bits of them flipped now and then. */
export function damage(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length === 0 || !random.chance(0.08)) return bytes;
  for (let times = random.between(1, 5); times > 0; times -= 1) {
    const at = random.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return bytes;
}

/** Changes one member, anywhere below. What is put in is a copy: a shared one would be changed for later requests, too. */
function change(value: unknown, random: Random): void {
  const objects = objectsIn(value);
  if (objects.length === 0) return;
  const object = random.pick(random.chance(0.5) ? objects.slice(0, 1) : objects);
  const names = Object.keys(object);
  if (names.length === 0 || random.chance(0.1)) {
    object[random.pick(['batch', 'test', 'data', 'events', '_webhook_metadata', '\u0000', ''])] = structuredClone(
      random.pick(ODD),
    );
    return;
  }
  const name = random.pick(names);
  const way = random.between(0, 3);
  if (way === 0) Reflect.deleteProperty(object, name);
  if (way === 1) object[name] = structuredClone(random.pick(ODD));
  if (way === 2) object[random.pick(names)] = structuredClone(object[name]);
  if (way === 3) object[name] = Array.isArray(object[name]) ? { was: object[name] } : [object[name]];
}

function objectsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Json];
  return [...own, ...Object.values(value).slice(0, 50).flatMap(objectsIn)];
}

function replaceValue(text: string, random: Random): string {
  const starts = [...text.matchAll(/:(?=["\d])("(?:[^"\\]|\\.)*"|\d+)/g)];
  if (starts.length === 0) return text;
  const { index, 0: found } = random.pick(starts);
  return `${text.slice(0, index)}:${random.pick(RAW)}${text.slice(index + found.length)}`;
}

function duplicateMember(text: string, random: Random): string {
  const name = random.pick(['data', 'model', 'event_id', 'batch', '__proto__']);
  return text.replace(/^\{/, `{"${name}":${random.pick(RAW)},`);
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}
