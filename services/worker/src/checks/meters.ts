import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Sample, scraped } from '@bridgecore/runtime';
import { readChecks, StoredCheck } from './store';

/** Shows the last check of each of these systems, whichever worker did it; what is not known is left out. */
export function showChecks(registry: Registry, pool: Pool, systems: readonly string[]): void {
  const add = scraped(registry, () => readChecks(pool, systems));
  const gauge = (name: string, help: string, valueOf: (check: StoredCheck) => number | null | undefined): void => {
    add(`bridgecore_${name}`, help, ['system'], function* (checks): Iterable<Sample> {
      for (const check of checks) {
        const value = valueOf(check) ?? null;
        if (value !== null) yield [{ system: check.system }, value];
      }
    });
  };
  gauge('system_up', '1 when the Odoo and its addon answered the last connection check.', ({ state }) =>
    Number(state !== 'down'),
  );
  const accepted = '1 when that check found the key of the pull API accepted, 0 when it was refused.';
  gauge('system_key_accepted', accepted, ({ findings }) => numberOf(findings.key_accepted));
  const skew = "How far the clock of Odoo's host is ahead of ours, to a second.";
  gauge('system_clock_skew_seconds', skew, ({ findings }) => findings.clock_skew_seconds);
  gauge('system_pending_events', 'Events that Odoo holds unacknowledged.', ({ findings }) => findings.pending_events);
  gauge('system_checked_seconds', 'How long ago that check was.', ({ age_seconds }) => age_seconds);
  const expiry = 'How long the API key for RPC is still good, where Odoo tells.';
  gauge('system_key_expires_seconds', expiry, ({ findings }) => secondsUntil(findings.key_expires_at));
  const held = 'Events of one day that Odoo held at a connection check, the last or the one before.';
  gauge('system_events_held', held, ({ findings }) => findings.events_held);
  const recorded = 'How many of them were recorded here, or dead letters, at the last check.';
  gauge('system_events_recorded', recorded, ({ findings }) => findings.events_recorded);
  gauge('completeness_ratio', 'Recorded events to held ones; 1 when none is held.', ratioOf);
}

function numberOf(value: boolean | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function secondsUntil(time: string | null | undefined): number | null {
  return time === null || time === undefined ? null : (Date.parse(time) - Date.now()) / 1_000;
}

function ratioOf({ findings: { events_held: held, events_recorded: recorded } }: StoredCheck): number | null {
  if (typeof held !== 'number' || typeof recorded !== 'number') return null;
  return held === 0 ? 1 : recorded / held;
}
