import { RequestHandler, Response } from 'express';
import { DataSource } from 'typeorm';
import { AppTypes, FailureCode, invalid } from '@bridgecore/contracts';
import { locals } from '../locals';
import { visibleSystem, withDatabase } from '../operator-request';
import { toDate } from '../time';
import { Gate } from './gate';
import { decodePosition, Position } from './position';
import { Whence } from './whence';

/** What the routes of consumers work with. */
export interface ConsumerDependencies {
  readonly database: () => DataSource;
  readonly gate: Gate;
  /** Lets a key with the scope `read` through, or a token. */
  readonly mayRead: RequestHandler;
  readonly appTypes: AppTypes;
  /** Every system that events may come from. */
  readonly systemIds: readonly string[];
}

/** The one system that is read: the key's own, the one asked for, or the only one. */
export function readSystem(
  res: Response,
  asked: string | undefined,
  systemIds: readonly string[],
  code: FailureCode,
): string {
  const { system } = visibleSystem(res, asked);
  const [only] = systemIds;
  if (system === undefined && only !== undefined && systemIds.length === 1) return only;
  if (system !== undefined && systemIds.includes(system)) return system;
  const problem = system === undefined ? 'must be given' : 'is not a system here';
  throw invalid([{ field: 'system', message: `${problem}; there are ${systemIds.join(', ')}` }], code);
}

/** A position that a field names; says in it what is wrong. */
export function positionIn(field: string, text: string, system: string, code: FailureCode): Position {
  const position = decodePosition(text);
  if (position === undefined) throw invalid([{ field, message: 'is not a position that was given here' }], code);
  if (position.system === system) return position;
  throw invalid([{ field, message: `is a position of the system "${position.system}", not of "${system}"` }], code);
}

/** `beginning`, `now`, an ISO 8601 time or a position. */
export function whenceIn(field: string, text: string, system: string, code: FailureCode): Whence {
  if (text === 'beginning' || text === 'now') return text;
  const time = toDate(text);
  if (time instanceof Date) return time;
  if (decodePosition(text) !== undefined) return positionIn(field, text, system, code);
  const message = 'must be beginning, now, a time as 2026-11-23T06:22:26Z, or a position that was given here';
  throw invalid([{ field, message }], code);
}

/**
 * Works with PostgreSQL and sends the answer, when it is this request's turn. The answer is written within the turn: making a
 * large one takes the process as long as reading it.
 */
export async function inTurn(
  res: Response,
  { database, gate }: ConsumerDependencies,
  work: (source: DataSource) => Promise<object>,
): Promise<void> {
  const source = database();
  const isGone = (): boolean => res.socket === null || res.socket.destroyed;
  const asked = performance.now();
  await gate.run(async () => {
    const waitedMs = Math.round(performance.now() - asked);
    const body = await withDatabase(() => work(source));
    Object.assign(locals(res).report, { waited_ms: waitedMs });
    res.json(body);
  }, isGone);
}
