import { PythonFloat, type Json } from './json-write';
import { PythonError } from './python';

interface Cursor {
  readonly text: string;
  at: number;
}

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['null', null],
  ['true', true],
  ['false', false],
]);

/**
 * Python's `json.loads`, with its messages and its difference between 7 and 7.0: mark-processed answers 200 to the one
 * and 500 to the other (`mark-processed-matrix`).
 */
export function readJson(text: string): Json {
  const cursor = { text, at: 0 };
  skipSpace(cursor);
  const value = readValue(cursor);
  skipSpace(cursor);
  if (cursor.at < text.length) throw jsonError('Extra data', cursor);
  return value;
}

function readValue(cursor: Cursor): Json {
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor);
  if (first === '[') return readList(cursor);
  if (first === '"') return readString(cursor);
  for (const [word, value] of WORDS) {
    if (cursor.text.startsWith(word, cursor.at)) {
      cursor.at += word.length;
      return value;
    }
  }
  return readNumber(cursor);
}

function readNumber(cursor: Cursor): Json {
  const match = take(NUMBER, cursor);
  if (match === null) throw jsonError('Expecting value', cursor);
  if (match[1] !== undefined || match[2] !== undefined) return new PythonFloat(Number(match[0]));
  const value = Number(match[0]);
  return Number.isSafeInteger(value) ? value : BigInt(match[0]);
}

function readString(cursor: Cursor): string {
  const match = take(STRING, cursor);
  if (match === null) throw jsonError('Unterminated string starting at', cursor);
  return JSON.parse(match[0]) as string;
}

function readList(cursor: Cursor): Json {
  const items: Json[] = [];
  cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text[cursor.at] === ']') return close(cursor, items);
  for (;;) {
    skipSpace(cursor);
    items.push(readValue(cursor));
    skipSpace(cursor);
    if (cursor.text[cursor.at] === ']') return close(cursor, items);
    expect(',', cursor);
  }
}

function readObject(cursor: Cursor): Json {
  const members: [string, Json][] = [];
  cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text[cursor.at] === '}') return close(cursor, {});
  for (;;) {
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== '"') throw jsonError('Expecting property name enclosed in double quotes', cursor);
    const key = readString(cursor);
    skipSpace(cursor);
    expect(':', cursor);
    skipSpace(cursor);
    members.push([key, readValue(cursor)]);
    skipSpace(cursor);
    if (cursor.text[cursor.at] === '}') return close(cursor, Object.fromEntries(members));
    expect(',', cursor);
  }
}

function close<Value extends Json>(cursor: Cursor, value: Value): Value {
  cursor.at += 1;
  return value;
}

function expect(delimiter: string, cursor: Cursor): void {
  if (cursor.text[cursor.at] !== delimiter) throw jsonError(`Expecting '${delimiter}' delimiter`, cursor);
  cursor.at += 1;
}

function skipSpace(cursor: Cursor): void {
  take(SPACE, cursor);
}

function take(pattern: RegExp, cursor: Cursor): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match !== null) cursor.at = pattern.lastIndex;
  return match;
}

function jsonError(message: string, { text, at }: Cursor): PythonError {
  const before = text.slice(0, at).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  return new PythonError('JSONDecodeError', `${message}: line ${before.length} column ${column} (char ${at})`);
}
