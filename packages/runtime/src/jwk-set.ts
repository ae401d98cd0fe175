import { BridgeError, isRecord, JsonRecord, kindOf } from '@bridgecore/contracts';

/** Which keys a set may hold. */
export interface JwkSetRules {
  /** The names that a key may have: a misspelt one is a mistake that nobody would notice. */
  readonly fields: readonly string[];
  /** What every key must say. */
  readonly fixed: Readonly<Record<string, string>>;
  /** What else is wrong with a key, as ends of sentences. */
  readonly problemsOf: (key: JsonRecord) => readonly string[];
  /** By what two keys are the same, whatever they are called. */
  readonly markOf: (key: JsonRecord) => string;
}

const KID = /^[A-Za-z0-9_.-]{1,64}$/;
/** 32 bytes in base64url. */
const BYTES_32 = /^[A-Za-z0-9_-]{43}$/;

/** Whether a value is 32 bytes as a JWK has them. */
export function isBytes32(value: unknown): boolean {
  return typeof value === 'string' && BYTES_32.test(value);
}

/**
 * The keys of a JWK set (RFC 7517) in a file that the variable names, at least one, each with a `kid` of its own. Throws
 * `CONFIG_INVALID` with everything that is wrong, and never with a part of a key.
 */
export function readJwkSet(text: string, variable: string, path: string, rules: JwkSetRules): JsonRecord[] {
  const fail = (problems: readonly string[]): void => {
    if (problems.length > 0) throw misconfigured(`${variable} ${path}`, problems);
  };
  const items = itemsIn(text, fail);
  fail(items.flatMap((item, index) => problemsIn(item, rules).map((problem) => `keys.${index} ${problem}`)));
  const keys = items as JsonRecord[];
  fail([...repeated(keys, ({ kid }) => String(kid), 'kid'), ...repeated(keys, rules.markOf, 'key')]);
  return keys;
}

function itemsIn(text: string, fail: (problems: readonly string[]) => void): unknown[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    fail([`is not JSON${mistake(error as Error)}`]);
  }
  const items = isRecord(content) ? content['keys'] : undefined;
  if (Array.isArray(items) && items.length > 0) return items;
  fail(['must hold {"keys": […]} with at least one key']);
  return [];
}

function problemsIn(item: unknown, { fields, fixed, problemsOf }: JwkSetRules): readonly string[] {
  if (!isRecord(item)) return [`must be an object, not ${kindOf(item)}`];
  const unknown = Object.keys(item).filter((name) => !fields.includes(name));
  return [
    ...(unknown.length === 0 ? [] : [`has ${unknown.join(', ')}; there are only ${fields.join(', ')}`]),
    ...Object.entries(fixed).flatMap(([name, value]) =>
      item[name] === value ? [] : [`must have "${name}": "${value}"`],
    ),
    ...(typeof item['kid'] === 'string' && KID.test(item['kid'])
      ? []
      : ['must have a "kid" of 1 to 64 letters, digits, _, . or -']),
    ...problemsOf(item),
  ];
}

function repeated(keys: readonly JsonRecord[], by: (key: JsonRecord) => string, what: string): string[] {
  return keys.flatMap((key, index) => {
    const first = keys.findIndex((other) => by(other) === by(key));
    return first === index ? [] : [`keys.${index} has the same ${what} as keys.${first}`];
  });
}

function misconfigured(file: string, problems: readonly string[]): BridgeError {
  const lines = problems.map((problem) => `${file}${problem.startsWith('keys.') ? ':' : ''} ${problem}.`);
  return new BridgeError('CONFIG_INVALID', lines.join('\n'));
}

/** Where a text stops being JSON. V8 quotes the text around the mistake, which may be private, so not in its words. */
export function mistake({ message }: Error): string {
  if (message.startsWith('Unexpected end')) return ': it ends too early';
  const [position] = /position \d+(?: \(line \d+ column \d+\))?/.exec(message) ?? [];
  return position === undefined ? '' : `, at ${position}`;
}
