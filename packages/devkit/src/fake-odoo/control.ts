import type { AddonReply } from './addon-api';
import type { Written } from './change';
import type { Fault } from './faults';
import type { PushShare } from './options';
import { isEventOrder, isFaultOrder, type FaultOrder } from './control-input';

/** What the control route may do to an Odoo. */
export interface Controlled {
  setFaults(faults: readonly Fault[]): void;
  resetDatabase(): void;
  holdBackEvents(count: number): unknown;
  commitHeldBack(): unknown;
  makeEvents(count: number, options: { readonly push: PushShare }): Written[];
  deliver(written: readonly Written[]): void;
  state(): object;
}

/** `GET state`, `POST faults`, `POST events`; everything else is a 404 that names them. */
export function handleControl(odoo: Controlled, method: string, path: string, body: string): AddonReply {
  const name = `${method} ${path.replace('/__control/', '')}`;
  if (name === 'GET state') return answer(200, odoo.state());
  const input = parse(body);
  if (name === 'POST faults') {
    if (!isFaultOrder(input)) return answer(400, { error: 'faults: one object or a list of them, with known members' });
    return setFaults(odoo, Array.isArray(input) ? input : [input]);
  }
  if (name === 'POST events') {
    if (!isEventOrder(input)) return answer(400, { error: 'events: {"count": 1…, "push": "all" | "none" | 0…1}' });
    return makeEvents(odoo, input.count, input.push ?? 'all');
  }
  return answer(404, { error: 'GET state, POST faults, POST events' });
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
