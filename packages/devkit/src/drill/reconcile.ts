import type { EventRow, Evidence, Letter } from './evidence';
import type { OdooChange, SentEvent } from './ledger';

/** What the drill looks for. Every one of them must be found zero times. */
export const CHECKS = {
  lost: 'held by Odoo or answered 200, and neither recorded nor a dead letter',
  doubled: 'more than one row or dead letter for one event, or twins that are two rows',
  unbacked: 'acknowledged to Odoo without a row',
  unacknowledged: 'still offered by Odoo in the end',
  buried: 'dead letters in the end of events that nothing is wrong with',
  surplus: 'rows that stand for no event at all',
  overtaken: 'commits of a pull run after a later run had begun (the fence)',
  robbed: 'pull runs that lost their lock though nothing had happened to their worker or to Redis (the lock)',
  untold: 'recorded, wanted by a subscription, and never accepted by its receiver',
  unwanted: 'told to a receiver whose subscription does not want it',
  renamed: 'tries of one event with another webhook-id, or of another event with the same one',
  disordered: 'events of a record that an ordered subscription was told in another order than recorded',
  forged: 'deliveries whose signature does not verify',
  died: 'services that ended by themselves',
} as const;

/** The name of a check. */
export type Check = keyof typeof CHECKS;

/** One thing that must not be. */
export interface Finding {
  readonly check: Check;
  readonly detail: string;
}

/** What there should be: the changes of each Odoo, by system, and what else was sent, of one system. */
export interface Ledger {
  readonly changes: ReadonlyMap<string, readonly OdooChange[]>;
  readonly sent: readonly SentEvent[];
  readonly sentTo: string;
}

/** Compares what there should be with what there is, event by event. */
export function reconcile(ledger: Ledger, evidence: Evidence): Finding[] {
  const found = new Found(evidence);
  const ofOdoo = [...ledger.changes].flatMap(([system, changes]) =>
    changes.flatMap((change) => checkChange(system, change, found)),
  );
  const ofClient = ledger.sent.flatMap((event) => checkSent(event, ledger.sentTo, found));
  return [...ofOdoo, ...ofClient, ...found.unclaimed()];
}

function checkChange(system: string, change: OdooChange, found: Found): Finding[] {
  const { pull_id, push_ids, accepted, is_acknowledged, poison } = change;
  const name = `${system} pull ${pull_id}`;
  const rows = found.rows('pull', system, pull_id);
  const letters = found.letters('pull', system, pull_id);
  const total = rows.length + letters;
  const findings: Finding[] = [];
  if (letters > 0 && poison !== 'always') findings.push({ check: 'buried', detail: name });
  if (total === 0) findings.push({ check: 'lost', detail: name });
  if (total === 0 && is_acknowledged) findings.push({ check: 'unbacked', detail: name });
  if (total > 1) findings.push({ check: 'doubled', detail: `${name}: ${total} times` });
  if (!is_acknowledged) findings.push({ check: 'unacknowledged', detail: name });
  for (const push_id of push_ids) {
    const pushed = found.rows('push', system, push_id);
    const arrived = pushed.length + found.letters('push', system, push_id);
    const what = `${system} push ${push_id}, whose pull id is ${pull_id}`;
    if (arrived === 0 && accepted.includes(push_id)) findings.push({ check: 'lost', detail: what });
    if (arrived > 1) findings.push({ check: 'doubled', detail: `${what}: ${arrived} times` });
    if (pushed.some((row) => !rows.includes(row))) findings.push({ check: 'doubled', detail: `${what}: not joined` });
  }
  return findings;
}

function checkSent(event: SentEvent, system: string, found: Found): Finding[] {
  const { marker, event_id, accepted_at, poison, is_rejected } = event;
  const { rows, letters } = found.marked(marker);
  const total = rows + letters;
  if (event_id !== null) found.rows('push', system, event_id);
  if (total === 0 && accepted_at !== null) return [{ check: 'lost', detail: marker }];
  if (total > 1) return [{ check: 'doubled', detail: `${marker}: ${total} times` }];
  return letters > 0 && poison !== 'always' && !is_rejected ? [{ check: 'buried', detail: marker }] : [];
}

/** Rows and dead letters by all that they can be found by. A letter that was replayed is its row by now. */
class Found {
  private readonly byKey = new Map<string, EventRow[]>();
  private readonly lettersByKey = new Map<string, number>();
  private readonly claimed = new Set<EventRow>();

  constructor(private readonly evidence: Evidence) {
    for (const row of evidence.rows) {
      if (row.push_id !== null) this.add(`push ${row.system} ${row.push_id}`, row);
      if (row.pull_id !== null) this.add(`pull ${row.system} ${row.pull_id}`, row);
      if (row.marker !== null) this.add(row.marker, row);
    }
    for (const letter of evidence.letters.filter(({ status }) => status !== 'replayed')) this.addLetter(letter);
  }

  rows(origin: 'push' | 'pull', system: string, id: number | string): readonly EventRow[] {
    return this.claim(`${origin} ${system} ${id}`);
  }

  letters(origin: 'push' | 'pull', system: string, id: number): number {
    return this.lettersByKey.get(`${origin} ${system} ${id}`) ?? 0;
  }

  /** Rows and letters of an event that a client sent. */
  marked(marker: string): { readonly rows: number; readonly letters: number } {
    return { rows: this.claim(marker).length, letters: this.lettersByKey.get(marker) ?? 0 };
  }

  unclaimed(): Finding[] {
    return this.evidence.rows
      .filter((row) => !this.claimed.has(row))
      .map(({ id, system, push_id, pull_id }) => ({
        check: 'surplus',
        detail: `${system} event ${id} (push ${push_id ?? '-'}, pull ${pull_id ?? '-'})`,
      }));
  }

  private claim(key: string): readonly EventRow[] {
    const rows = this.byKey.get(key) ?? [];
    for (const row of rows) this.claimed.add(row);
    return rows;
  }

  private add(key: string, row: EventRow): void {
    this.byKey.set(key, [...(this.byKey.get(key) ?? []), row]);
  }

  private addLetter({ system, origin, origin_id, marker }: Letter): void {
    const key = marker ?? `${origin} ${system} ${origin_id ?? '-'}`;
    this.lettersByKey.set(key, (this.lettersByKey.get(key) ?? 0) + 1);
  }
}
