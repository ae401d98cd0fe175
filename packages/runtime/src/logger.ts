import { hostname } from 'node:os';
import { createLogger, format, transports } from 'winston';
import { loggableFields } from './fields';
import { paintFor, readable } from './readable';
import { safeJson } from './safe-json';
import { versionOf } from './version';

/** Writes one line: a stable name (`job.done`), and fields. Errors go under `error`. */
export type LogLine = (message: string, fields?: object) => void;

/** What log lines are written with. */
export interface Log {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** A log whose level can be changed while it is in use. */
export interface SwitchableLog extends Log {
  level: string;
}

/** Who writes: `instance` tells replicas apart, `version` what came before a deploy from what came after. */
export interface LogSource {
  readonly service: string;
  readonly LOG_LEVEL: string;
  readonly LOG_FORMAT: string;
  readonly BRIDGECORE_VERSION?: string | undefined;
}

/** One JSON line per entry, or one that people read in a terminal; both on standard output. */
export function createLog(source: LogSource, output: NodeJS.WritableStream = process.stdout): SwitchableLog {
  const { service, LOG_LEVEL, LOG_FORMAT } = source;
  const writer = { service, instance: `${hostname()}-${process.pid}`, version: versionOf(source) };
  const paint = paintFor(output);
  const logger = createLogger({
    level: LOG_LEVEL,
    format: format.printf(({ level, message, fields }) => {
      const head = { timestamp: new Date().toISOString(), level, ...writer, message };
      const line = { ...head, ...(fields as object), ...head }; // no field takes the place of the head's
      return LOG_FORMAT === 'json' ? safeJson(line) : readable(line, paint);
    }),
    transports: [new transports.Stream({ stream: output })],
  });
  // The fields go in one piece: winston would add a field `message` to the message, and take over a `stack`.
  const write = (level: keyof Log): LogLine => {
    return (message, fields = {}) => {
      if (logger.isLevelEnabled(level)) logger.log({ level, message, fields: loggableFields(fields) });
    };
  };
  return {
    ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    get level() {
      return logger.level;
    },
    set level(level) {
      logger.level = level;
    },
  };
}
