import { RequestHandler } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { locals, RequestLocals } from './locals';
import { shortened } from './problem';

/** Pushes that were refused for the same reason, by the same key. */
export interface RefusedPushes {
  readonly code: string;
  /** Null when no known key was shown. */
  readonly key_id: string | null;
  readonly system: string | null;
  readonly count: number;
  readonly last_at: Date;
  /** What the caller was told last. */
  readonly detail: string | null;
}

/** More kinds than the API has codes for a handful of keys; beyond it the one that was quiet for longest is forgotten. */
const MAX_KINDS = 200;

/**
 * Remembers which pushes were refused, by code and key, since this process started: nobody else keeps what never became
 * a job. Each gateway knows its own.
 */
export class RefusalMemory {
  private readonly kinds = new Map<string, RefusedPushes>();

  /** Stands before everything of the push route. */
  readonly note: RequestHandler = (req, res, next) => {
    res.once('finish', () => {
      if (req.method === 'POST' && res.statusCode >= 400) this.add(locals(res));
    });
    next();
  };

  /** The most recent first. */
  all(): RefusedPushes[] {
    return [...this.kinds.values()].reverse();
  }

  private add({ key, failure }: RequestLocals): void {
    const { code = 'INTERNAL' } = failure ?? {};
    const kind = `${code} ${key?.id ?? ''}`;
    const count = (this.kinds.get(kind)?.count ?? 0) + 1;
    const about = { key_id: key?.id ?? null, system: key?.system ?? null };
    this.kinds.delete(kind); // so that the order is that of the last refusals
    this.kinds.set(kind, { code, ...about, count, last_at: new Date(), detail: toldOf(failure) });
    const [oldest] = this.kinds.keys();
    if (this.kinds.size > MAX_KINDS && oldest !== undefined) this.kinds.delete(oldest);
  }
}

function toldOf({ detail, error }: Partial<NonNullable<RequestLocals['failure']>> = {}): string | null {
  const told = detail ?? (error instanceof BridgeError ? error.message : null);
  return told === null ? null : shortened(told, 300);
}
