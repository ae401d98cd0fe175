import { safeJson } from '@bridgecore/runtime';
import { createColors } from 'picocolors';
import { Column, Table } from './text/table';
import { clean, guarded } from './text/clean';

/** A stream as the command line needs it. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** Where output goes, and what may be shown there. */
export interface OutputOptions {
  readonly out: Stream;
  readonly err: Stream;
  readonly isJson: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Marks a text; it stays plain where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Everything that is said: answers on standard output, the rest on standard error. */
export class Output {
  readonly isJson: boolean;
  /** People look at it as it comes. */
  readonly isTerminal: boolean;
  readonly width: number;
  readonly paint: Paint;
  private readonly out: Stream;
  private readonly err: Stream;

  constructor({ out, err, isJson, env }: OutputOptions) {
    this.isJson = isJson;
    this.isTerminal = out.isTTY === true && !isJson;
    this.width = this.isTerminal ? (out.columns ?? 80) : Infinity; // what is read by a program is not cut
    const colours = createColors(this.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'); // https://no-color.org
    this.paint = (style, text) => colours[style](text);
    this.out = out;
    this.err = err;
  }

  /** A value from elsewhere than the gateway's API, with its texts made harmless for people. */
  cleaned<T>(value: T): T {
    return this.isJson ? value : clean(value);
  }

  /** A line, or several, of the answer. */
  print(text: string): void {
    this.out.write(`${guarded(text)}\n`);
  }

  /** The answer for a script. */
  json(value: unknown): void {
    this.out.write(`${safeJson(value, 2)}\n`);
  }

  /** One of many answers for a script, on one line. */
  jsonLine(value: unknown): void {
    this.out.write(`${safeJson(value)}\n`);
  }

  /** What is not the answer: a failure, a question, a hint. */
  note(text: string): void {
    this.err.write(`${guarded(text)}\n`);
  }

  /** A failure for a script. */
  jsonError(value: unknown): void {
    this.err.write(`${safeJson(value)}\n`);
  }

  /** A table that is printed page by page; resolves when the reader keeps up. */
  table<Row>(columns: readonly Column<Row>[]): (rows: readonly Row[]) => Promise<void> {
    const table = new Table(columns, this.width, (text) => this.paint('dim', text));
    return async (rows) => {
      const text = table.lines(rows).join('\n');
      if (text === '' || this.out.write(`${guarded(text)}\n`)) return;
      await new Promise<void>((resolve) => this.out.once('drain', resolve));
    };
  }

  /** What is going on now, in a terminal: it replaces what was said before, and is gone when it is empty. */
  status(text: string): void {
    if (!this.isTerminal || this.err.isTTY !== true) return;
    const short = text.slice(0, Math.max(0, (this.err.columns ?? 80) - 1));
    this.err.write(`\r\u001b[K${guarded(short)}`);
  }
}
