import { hostname } from 'node:os';
import { createLogger, format, transports } from 'winston';
import { loggableFields } from './fields';

/** Writes one line: a stable name (`job.done`), and fields. Errors go under `error`. */
export type LogLine = (message: string, fields?: object) => void;

/** What log lines are written with. */
export interface Log {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** Who writes: `instance` tells replicas apart. */
export interface LogSource {
  readonly service: string;
  readonly LOG_LEVEL: string;
  readonly LOG_FORMAT: string;
}

/** One JSON line per entry, or one readable line in a terminal; both on standard output. */
export function createLog(source: LogSource, output: NodeJS.WritableStream = process.stdout): Log {
  const { service, LOG_LEVEL, LOG_FORMAT } = source;
  const writer = { service, instance: `${hostname()}-${process.pid}` };
  const logger = createLogger({
    level: LOG_LEVEL,
    format: format.printf(({ level, message, fields }) => {
      const head = { timestamp: new Date().toISOString(), level, ...writer, message };
      const line = { ...head, ...(fields as object), ...head }; // no field takes the place of the head's
      return LOG_FORMAT === 'json' ? JSON.stringify(line) : readable(line);
    }),
    transports: [new transports.Stream({ stream: output })],
  });
  // The fields go in one piece: winston would add a field `message` to the message, and take over a `stack`.
  const write = (level: keyof Log): LogLine => {
    return (message, fields = {}) => void logger.log({ level, message, fields: loggableFields(fields) });
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

const COLOURS: Record<string, number> = { error: 31, warn: 33, info: 32, debug: 90 };

function readable(entry: Record<string, unknown>): string {
  const { timestamp, level, message, service, instance: _instance, ...fields } = entry;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  const label = `\u001b[${COLOURS[String(level)] ?? 0}m${String(level).padEnd(5)}\u001b[0m`;
  return [String(timestamp).slice(11, 23), label, String(service).padEnd(9), String(message), ...pairs].join(' ');
}

/** A word as it is; anything that would break the line, or be taken for two fields, as JSON. */
function plain(value: unknown): string {
  return typeof value === 'string' && /^[!-~]+$/.test(value) ? value : JSON.stringify(value);
}
