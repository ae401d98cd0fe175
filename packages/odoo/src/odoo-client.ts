import { JsonRecord, kindOf } from '@bridgecore/contracts';
import { refusalOf, successOf } from './odoo-answer';
import { OdooFailure } from './odoo-failure';
import { AskOdoo, OdooAnswer, odooHttp, recordOf } from './odoo-http';
import { withoutSecret } from './secret';

/** One page of the pull API: rows as they came, not checked yet. */
export interface Page {
  readonly rows: readonly unknown[];
  readonly hasMore: boolean;
  /** How large the answer was, where it is known. */
  readonly bytes?: number;
}

/** The calls that we make of one Odoo (`odoo-wire/README.md` §4); an aborted signal breaks them off. */
export interface OdooClient {
  /** Unacknowledged rows with an id over `lastEventId`, in the order of their ids; `limit` from 1 to 1000. */
  pull(lastEventId: number, limit: number, signal?: AbortSignal): Promise<Page>;
  /** Marks rows as processed: all of them, or none and a failure. */
  acknowledge(ids: readonly number[], signal?: AbortSignal): Promise<void>;
}

/** Where an Odoo is and what opens it. */
export interface OdooAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

/** The addon's HTTP API of one Odoo. */
export function createOdooClient(access: OdooAccess): OdooClient {
  const ask = odooHttp(access.url, access.timeoutMs, { 'X-API-Key': access.apiKey });
  return {
    async pull(lastEventId, limit, signal) {
      const asked = { last_event_id: lastEventId, limit };
      const { body, bytes } = await post(ask, access, '/api/webhooks/pull', asked, signal);
      const { events } = body;
      if (!Array.isArray(events)) throw new OdooFailure('refused', `Odoo's page has ${kindOf(events)} for events`);
      return { rows: events, hasMore: body['has_more'] === true, bytes };
    },
    async acknowledge(ids, signal) {
      await post(ask, access, '/api/webhooks/mark-processed', { event_ids: ids }, signal);
    },
  };
}

async function post(
  ask: AskOdoo,
  { url, apiKey }: OdooAccess,
  path: string,
  body: JsonRecord,
  signal: AbortSignal | undefined,
): Promise<{ readonly body: JsonRecord; readonly bytes: number }> {
  const answer = await ask({ method: 'POST', path, body, signal });
  return { body: addonBody(url, answer, apiKey), bytes: answer.bytes };
}

/** What the addon has answered, when it is a success; should its words of failure hold the key, it is hidden. */
export function addonBody(url: string, answer: OdooAnswer, apiKey: string): JsonRecord {
  const given = recordOf(answer);
  const found = given === undefined ? undefined : withoutSecret(given, apiKey);
  if (answer.response.status !== 200 || found === undefined) throw refusalOf(url, answer.response, found);
  return successOf(found);
}
