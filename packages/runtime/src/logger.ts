import { hostname } from 'node:os';
import { createLogger, format, Logger, transports } from 'winston';

/** What a log line is written with: a stable name, and fields. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Who writes: `instance` tells replicas apart. */
export interface LogSource {
  readonly service: string;
  readonly LOG_LEVEL: string;
  readonly LOG_FORMAT: string;
}

/** Fields that would give a secret away if somebody passed them by mistake. */
const SECRET_FIELD = /authorization|api[-_]?key|password|secret|token|cookie/i;

/** One JSON line per entry, or one readable line in a terminal; both on standard output. */
export function createLog({ service, LOG_LEVEL, LOG_FORMAT }: LogSource): Logger {
  const writer = { service, instance: `${hostname()}-${process.pid}` };
  return createLogger({
    level: LOG_LEVEL,
    format: format.printf((entry) => {
      const { level, message, ...fields } = entry;
      const line = { timestamp: new Date().toISOString(), level, ...writer, message, ...safeFields(fields) };
      return LOG_FORMAT === 'json' ? JSON.stringify(line) : readable(line);
    }),
    transports: [new transports.Console()],
  });
}

function safeFields(fields: Record<string, unknown>): Record<string, unknown> {
  const safe = Object.entries(fields).map(([name, value]) => {
    if (SECRET_FIELD.test(name)) return [name, '(hidden)'];
    return [name, value instanceof Error ? describeError(value) : value];
  });
  return Object.fromEntries(safe) as Record<string, unknown>;
}

/** An error as fields: no request, response or configuration that a library hangs on it. */
function describeError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  const isNamed = name === 'BridgeError'; // where a failure with a name arose says nothing more
  return {
    name,
    ...(code === undefined ? {} : { code }),
    message,
    ...(isNamed ? {} : { stack }),
    ...(cause instanceof Error ? { cause: describeError(cause) } : {}),
  };
}

const COLOURS: Record<string, number> = { error: 31, warn: 33, info: 32, debug: 90 };

function readable(entry: Record<string, unknown>): string {
  const { timestamp, level, message, service, instance: _instance, ...fields } = entry;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  const label = `\u001b[${COLOURS[String(level)] ?? 0}m${String(level).padEnd(5)}\u001b[0m`;
  return [String(timestamp).slice(11, 23), label, String(service).padEnd(9), String(message), ...pairs].join(' ');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
