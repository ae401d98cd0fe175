import { AuditView, EventView } from '../api/shapes';

/** Something that happened to an event. */
export interface Moment {
  readonly at: string;
  readonly what: string;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  recorded: 'recorded',
  joined: 'known as the same change, and joined',
  repeat: 'known already, so nothing new',
};

/** What happened to an event, in order: when it occurred, how it came, what was done then. */
export function timelineOf(event: EventView & { readonly audit: readonly AuditView[] }): Moment[] {
  const { occurred_at: occurred, pushed_at: pushed, pulled_at: pulled, push_id: push, pull_id: pull } = event;
  const came = (at: string | null, how: string, id: string | null): Moment[] =>
    at === null ? [] : [{ at, what: `${how}${id === null ? '' : ` (its id there: ${id})`}` }];
  const moments = [
    { at: occurred, what: 'changed in Odoo' },
    ...came(pushed, 'came by push', push),
    ...came(pulled, 'came by pull', pull),
    ...event.audit.map((row) => doneOf(row, event.correlation_id)),
  ];
  return moments
    .map((moment, index) => ({ moment, index }))
    .sort(byTime)
    .map(({ moment }) => moment);
}

type Placed = { readonly moment: Moment; readonly index: number };

function byTime(a: Placed, b: Placed): number {
  return Date.parse(a.moment.at) - Date.parse(b.moment.at) || a.index - b.index;
}

/** Its own correlation id is told once, with the event; another one is of the run or the request that did it. */
function doneOf({ at, action, outcome, error, worker, correlation_id: id }: AuditView, own: string): Moment {
  const [, origin] = /^event\.(push|pull)$/.exec(action) ?? [];
  const known = origin === undefined ? undefined : OUTCOMES[outcome];
  const what = known === undefined ? `${action}: ${outcome}` : `${origin ?? ''} ${known}`;
  const why = error === null ? '' : `: ${error}`;
  const other = id === null || id === own ? '' : ` (correlation ${id})`;
  return { at, what: `${what}${why}, by ${worker}${other}` };
}
