import { isRecord } from '@bridgecore/contracts';
import { safeJson } from './safe-json';

/** How a piece of a line stands out. */
type Style = 'dim' | 'bold' | 'red' | 'yellow' | 'green' | 'grey';

/** Gives a text a style, where the output shows one. */
export type Paint = (style: Style, text: string) => string;

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, grey: 90 };

/** Node itself knows what a terminal can do, and heeds NO_COLOR; what is no terminal gets no colours. */
export function paintFor(output: object): Paint {
  const { isTTY, hasColors } = output as { isTTY?: boolean; hasColors?: () => boolean };
  if (isTTY !== true || hasColors?.call(output) !== true) return (_style, text) => text;
  return (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
}

const LEVELS: Readonly<Record<string, Style>> = { error: 'red', warn: 'yellow', info: 'green', debug: 'grey' };

const GOOD = new Set(['done', 'ok', 'recorded', 'joined', 'repeat', 'handed']);
const BAD = new Set(['failed', 'down', 'dead', 'aborted', 'INTERNAL']);

/** What is needed only to look for something else; it must not hide what is to be read. */
const IDS = /^(?!record_id$)(.*_)?ids?$/;

/** An entry for people: time, level, service, what happened and how it ended, then the fields; an error below it. */
export function readable(entry: Readonly<Record<string, unknown>>, paint: Paint): string {
  const { timestamp, level, message, service, instance: _instance, version: _version, error, ...fields } = entry;
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => shownPair(name, value, paint));
  const time = paint('dim', String(timestamp).slice(11, 23));
  const label = paint(LEVELS[String(level)] ?? 'bold', String(level).padEnd(5));
  const head = [time, label, String(service).padEnd(9), paint('bold', String(message))];
  return [[...head, ...pairs].join(' '), ...shownError(error, paint)].join('\n');
}

function shownPair(name: string, value: unknown, paint: Paint): string {
  const text = plain(value);
  if (name === 'outcome' || name === 'status') return `${paint('dim', `${name}=`)}${paint(styleOf(value), text)}`;
  if (IDS.test(name)) return paint('dim', `${name}=${text}`);
  return `${paint('dim', `${name}=`)}${text}`;
}

function styleOf(value: unknown): Style {
  if (typeof value === 'number') return value >= 500 ? 'red' : value >= 400 ? 'yellow' : 'green';
  const outcome = String(value);
  return GOOD.has(outcome) ? 'green' : BAD.has(outcome) ? 'red' : 'yellow';
}

/** A word as it is; anything that would break the line, or be taken for two fields, as JSON. */
function plain(value: unknown): string {
  return typeof value === 'string' && /^[!-~]+$/.test(value) ? value : safeJson(value);
}

/** What failed, where, and what it was caused by, each on lines of its own; a failure with a name has no stack. */
function shownError(error: unknown, paint: Paint, lead = ''): string[] {
  if (error === undefined || error === null) return [];
  if (!isRecord(error)) return [`    ${paint('red', `${lead}${plain(error)}`)}`];
  const { name, code, message, stack, cause } = error;
  const title = [name, code].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
  const [first = '', ...more] = String(message).replace(UNSEEN, '\ufffd').split('\n');
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return [
    `    ${paint('red', `${lead}${title}: ${first}`)}`,
    ...more.map((line) => `      ${paint('red', line)}`),
    ...frames.map((frame) => `      ${isOurs(frame) ? frame.trim() : paint('dim', frame.trim())}`),
    ...shownError(cause, paint, 'caused by '),
  ];
}

/** What somebody else's text must not do to a terminal. */
const UNSEEN = /[^\P{C}\n]/gu;

function isOurs(frame: string): boolean {
  return !/node:internal|node_modules/.test(frame);
}
