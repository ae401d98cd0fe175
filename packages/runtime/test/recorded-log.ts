import { Log } from '../src/index';

/** One recorded line. */
export interface Line extends Record<string, unknown> {
  readonly level: string;
  readonly message: string;
}

/** A log that keeps its lines. */
export function recordedLog(): { log: Log; lines: Line[]; named(message: string): Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (message: string, fields: object = {}) =>
      void lines.push({ ...fields, level, message });
  return {
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    lines,
    named: (message) => lines.filter((line) => line.message === message),
  };
}
