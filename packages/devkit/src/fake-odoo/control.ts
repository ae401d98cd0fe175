import type { AddonReply } from './addon-api';
import type { Written } from './change';
import type { Fault } from './faults';
import type { PushShare } from './options';
import { OdooError } from './rpc/odoo-error';
import { isEditOrder, isEventOrder, isFaultOrder, isSeedOrder, type FaultOrder } from './control-input';
import type { JsonObject } from './json-write';

/** What the control route may do to an Odoo. */
export interface Controlled {
  setFaults(faults: readonly Fault[]): void;
  resetDatabase(): void;
  holdBackEvents(count: number): unknown;
  commitHeldBack(): unknown;
  makeEvents(count: number, options: { readonly push: PushShare }): Written[];
  deliver(written: readonly Written[]): void;
  state(): object;
  seed(model: string, rows: readonly JsonObject[]): number[];
  all(model: string): JsonObject[];
  edit(model: string, id: number, values: JsonObject): void;
}

const ROUTES = 'GET state, POST faults, POST events, GET records, POST records, POST edit';

/** What a process that is not in ours may do; everything else is a 404 that names it. */
export function handleControl(
  odoo: Controlled,
  method: string,
  path: string,
  body: string,
  query: URLSearchParams,
): AddonReply {
  const name = `${method} ${path.replace('/__control/', '')}`;
  if (name === 'GET state') return answer(200, odoo.state());
  if (name === 'GET records') return answer(200, odoo.all(query.get('model') ?? ''));
  const input = parse(body);
  if (name === 'POST faults') {
    if (!isFaultOrder(input)) return answer(400, { error: 'faults: one object or a list of them, with known members' });
    return setFaults(odoo, Array.isArray(input) ? input : [input]);
  }
  if (name === 'POST events') {
    if (!isEventOrder(input)) return answer(400, { error: 'events: {"count": 1…, "push": "all" | "none" | 0…1}' });
    return makeEvents(odoo, input.count, input.push ?? 'all');
  }
  if (name === 'POST records') {
    if (!isSeedOrder(input)) return answer(400, { error: 'records: {"model": "res.partner", "rows": [{…}]}' });
    return guarded(() => ({ ids: odoo.seed(input.model, input.rows) }));
  }
  if (name === 'POST edit') {
    if (!isEditOrder(input)) return answer(400, { error: 'edit: {"model": "res.partner", "id": 1, "values": {…}}' });
    return guarded(() => (odoo.edit(input.model, input.id, input.values), {}));
  }
  return answer(404, { error: ROUTES });
}

/** What Odoo objects to is the caller's mistake. */
function guarded(act: () => object): AddonReply {
  try {
    return answer(200, act());
  } catch (error) {
    if (!(error instanceof OdooError)) throw error;
    return answer(400, { error: error.message });
  }
}

/** What is done once is done at once; the rest of each order is a fault, which holds. */
function setFaults(odoo: Controlled, orders: readonly FaultOrder[]): AddonReply {
  const faults = orders.map(({ resetDatabase = false, holdBack = 0, commitHeldBack = false, ...fault }) => {
    if (commitHeldBack) odoo.commitHeldBack();
    if (resetDatabase) odoo.resetDatabase();
    if (holdBack > 0) odoo.holdBackEvents(holdBack);
    return fault;
  });
  odoo.setFaults(faults);
  return answer(200, odoo.state());
}

/** Answers when the events are committed; the pushes go on, as `state` shows. */
function makeEvents(odoo: Controlled, count: number, push: PushShare): AddonReply {
  const written = odoo.makeEvents(count, { push });
  odoo.deliver(written);
  const pullIds = written.map(({ pullId }) => pullId);
  const pushed = written.filter(({ pushId }) => pushId !== undefined).length;
  return answer(200, { made: written.length, pushed, first_pull_id: pullIds[0], last_pull_id: pullIds.at(-1) });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    return undefined;
  }
}

function answer(status: number, body: object): AddonReply {
  return { status, body: `${JSON.stringify(body)}\n` };
}
