import { isDate, isNativeError } from 'node:util/types';

/** Fields that would give a secret away if somebody passed them by mistake. */
const SECRET_FIELD = /authorization|api[-_]?key|passw|pwd|secret|token|cookie|credential|private[-_]?key/i;

/** The user and the password in a URL. */
const URL_CREDENTIALS = /(\w:\/\/)[^\s/@]+@/g;

/** Deeper than anything that we log on purpose; also where what contains itself ends. */
const MAX_DEPTH = 6;

/** Values as a log line may show them: no secrets, no surprises for JSON, of errors only what tells. */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replace(URL_CREDENTIALS, '$1(hidden)@');
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '(too deep)';
  if (isError(value)) return loggableError(value, depth);
  if (isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => loggable(item, depth + 1));
  if (hasToJson(value)) return loggable(value.toJSON(), depth + 1);
  return loggableFields(value, depth);
}

/** The same for an object with names: what a secret would be called is hidden. */
export function loggableFields(fields: object, depth = 0): Record<string, unknown> {
  const shown = Object.entries(fields).map(([name, value]) => [
    name,
    SECRET_FIELD.test(name) ? '(hidden)' : loggable(value, depth + 1),
  ]);
  return Object.fromEntries(shown) as Record<string, unknown>;
}

/** An error as fields: no request, response, command or configuration that a library hangs on it. */
function loggableError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) && errors.every(isError) ? errors : [];
  const text = message || inner.map((one) => one.message).join('; '); // Node gives several addresses' failures none
  const isNamed = name === 'BridgeError'; // where a failure with a name arose says nothing more
  return {
    name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: loggable(text),
    ...(isNamed ? {} : { stack: loggable(stack) }),
    ...(isError(cause) ? { cause: loggable(cause, depth + 1) } : {}),
  };
}

function hasToJson(value: object): value is { toJSON: () => unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** `instanceof` alone misses errors of another realm, such as Node's own in a test. */
function isError(value: unknown): value is Error {
  return isNativeError(value) || value instanceof Error;
}
