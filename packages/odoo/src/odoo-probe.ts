import { JsonRecord } from '@bridgecore/contracts';
import { addonBody, OdooAccess } from './odoo-client';
import { odooHttp } from './odoo-http';

/** What a question that changes nothing brings back, and how far Odoo's clock is ahead of ours, where it tells. */
export interface Probed {
  readonly body: JsonRecord;
  readonly clockSkewSeconds: number | null;
  /** When that was by the clock of whoever answered, in milliseconds but to a second; null where it does not tell. */
  readonly answeredAt: number | null;
  readonly tookMs: number;
}

/** Questions that change nothing and take no events; an aborted signal breaks them off. */
export interface OdooProbe {
  /** Needs no key: whether the addon is there, and what it holds. */
  health(signal?: AbortSignal): Promise<Probed>;
  /** Needs the key. Of one day, the fewest that hold anything (`stats-health-matrix`). */
  statistics(signal?: AbortSignal): Promise<Probed>;
}

/** Asks an Odoo how it is; guarded by no breaker, for it is to find out whether Odoo is back. */
export function createOdooProbe({ url, apiKey, timeoutMs }: OdooAccess): OdooProbe {
  const ask = odooHttp(url, timeoutMs, { 'X-API-Key': apiKey });
  const probe = async (path: string, signal?: AbortSignal): Promise<Probed> => {
    const startedAt = Date.now();
    const answer = await ask({ method: 'GET', path, signal });
    const tookMs = Date.now() - startedAt;
    const body = addonBody(url, answer, apiKey);
    const answeredAt = timeOf(answer.response.headers['date']);
    return { body, answeredAt, tookMs, clockSkewSeconds: clockSkewOf(answeredAt, startedAt + tookMs / 2) };
  };
  return {
    health: (signal) => probe('/api/webhooks/health', signal),
    statistics: (signal) => probe('/api/webhooks/stats?days=1', signal),
  };
}

/**
 * How many whole seconds the clock of whoever answered (Odoo, or a proxy in front of it) is ahead of ours: its `Date`
 * header against the middle of our call. The header is cut down to a second, so half of one is added. The addon's own
 * timestamps are of no use: they do not say of which time zone they are.
 */
function clockSkewOf(at: number | null, middle: number): number | null {
  return at === null ? null : Math.round((at + 500 - middle) / 1_000) + 0; // + 0: no -0
}

function timeOf(date: unknown): number | null {
  const at = typeof date === 'string' ? Date.parse(date) : NaN;
  return Number.isNaN(at) ? null : at;
}
