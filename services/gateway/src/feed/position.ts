/** A place in the feed of a system: an event of it, or before its first one. */
export interface Place {
  /** Of the last event that is behind it; 0 before the first. */
  readonly id: bigint;
  /** When that event was recorded, in microseconds since 1970; by it the place is found again in another database. */
  readonly at: bigint;
}

/** A place as consumers keep it. */
export interface Position extends Place {
  readonly system: string;
  /** Of which database it is: ids of another one mean other events. */
  readonly epoch: string;
}

/** Longer than any that was ever given. */
const MAX_LENGTH = 200;
const MAX_BIGINT = 9_223_372_036_854_775_807n;
const CONTENT = /^1\.([0-9a-f]{12})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.([a-z][a-z0-9_-]{0,62})$/;

/** A position as one opaque text; the digit in front says how it is written. */
export function encodePosition({ epoch, id, at, system }: Position): string {
  return Buffer.from(`1.${epoch}.${id}.${at}.${system}`, 'latin1').toString('base64url');
}

/** The position that was encoded so, or undefined. Each position has just one text. */
export function decodePosition(text: string): Position | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [, epoch = '', id = '', at = '', system] =
    CONTENT.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (system === undefined) return undefined;
  const position = { epoch, id: BigInt(id), at: BigInt(at), system };
  const isInBounds = position.id <= MAX_BIGINT && position.at <= MAX_BIGINT;
  return isInBounds && encodePosition(position) === text ? position : undefined;
}
