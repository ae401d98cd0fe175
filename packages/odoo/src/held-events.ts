import { JsonRecord, kindOf } from '@bridgecore/contracts';
import { addonBody, OdooAccess } from './odoo-client';
import { OdooFailure } from './odoo-failure';
import { odooHttp } from './odoo-http';

/** What an Odoo still holds of one record, unacknowledged. */
export interface HeldEvents {
  /** Their ids there, ascending. */
  readonly ids: readonly number[];
  /** When the last of them happened, as Odoo writes it; null when there is none. */
  readonly newestAt: string | null;
  /** False when it holds more of the model than was looked through. */
  readonly allSeen: boolean;
}

/** So little that it costs Odoo less than one page of a usual pull does. */
const PAGE_ROWS = 100;
const MAX_PAGES = 5;

/** Looks for unacknowledged events of a record, and acknowledges none; an aborted signal breaks it off. */
export async function heldEvents(
  { url, apiKey, timeoutMs }: OdooAccess,
  { model, recordId }: { readonly model: string; readonly recordId: number },
  signal?: AbortSignal,
): Promise<HeldEvents> {
  const ask = odooHttp(url, timeoutMs, { 'X-API-Key': apiKey });
  const found: JsonRecord[] = [];
  let after = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const body = { last_event_id: after, limit: PAGE_ROWS, models: [model] };
    const answer = await ask({ method: 'POST', path: '/api/webhooks/pull', body, signal });
    const { events } = addonBody(url, answer, apiKey);
    if (!Array.isArray(events)) throw new OdooFailure('refused', `Odoo's page has ${kindOf(events)} for events`);
    const rows = (events as JsonRecord[]).filter(({ id }) => Number.isSafeInteger(id));
    found.push(...rows.filter((row) => row['model'] === model && Number(row['record_id']) === recordId));
    after = Math.max(after, ...rows.map(({ id }) => Number(id)));
    if (rows.length < PAGE_ROWS) return told(found, true); // `has_more` ignores the filter
  }
  return told(found, false);
}

function told(rows: readonly JsonRecord[], allSeen: boolean): HeldEvents {
  const newest = rows.at(-1)?.['timestamp'];
  return { ids: rows.map(({ id }) => Number(id)), newestAt: typeof newest === 'string' ? newest : null, allSeen };
}
