import { Response } from 'express';
import { ApiKey } from './keys';
import { Grant } from './tokens/token-claims';

/** What is known of a request by the time that it is answered. */
export interface RequestLocals {
  readonly requestId: string;
  readonly startedAt: number;
  key?: ApiKey;
  /** For whom its token speaks, and what that is called, when it came with one; `key` is then the one that made it. */
  grant?: Grant;
  tokenId?: string;
  /** What the limiter took of the time that Odoo waits. */
  limiterMs?: number;
  bodyBytes?: number;
  /** The failure that it was answered with, for the log line. */
  failure?: { readonly code: string; readonly detail?: string; readonly error?: unknown };
  /** What the route tells about itself in the log line. */
  report: Record<string, unknown>;
}

/** The request's own notes. */
export function locals(res: Response): RequestLocals {
  return res.locals as RequestLocals;
}
