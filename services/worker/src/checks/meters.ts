import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Sample, scraped } from '../scraped';
import { readChecks, StoredCheck } from './store';

/** Shows the last check of each of these systems, whichever worker did it; what is not known is left out. */
export function showChecks(registry: Registry, pool: Pool, systems: readonly string[]): void {
  const add = scraped(registry, () => readChecks(pool, systems));
  const gauge = (name: string, help: string, valueOf: (check: StoredCheck) => number | null): void => {
    add(`bridgecore_system_${name}`, help, ['system'], function* (checks): Iterable<Sample> {
      for (const check of checks) {
        const value = valueOf(check);
        if (value !== null) yield [{ system: check.system }, value];
      }
    });
  };
  gauge('up', '1 when the Odoo and its addon answered the last connection check.', ({ state }) =>
    Number(state !== 'down'),
  );
  gauge('key_accepted', '1 when that check found the key of the pull API accepted, 0 when it was refused.', (check) =>
    check.findings.key_accepted === null ? null : Number(check.findings.key_accepted),
  );
  gauge(
    'clock_skew_seconds',
    "How far the clock of Odoo's host is ahead of ours, to a second.",
    ({ findings }) => findings.clock_skew_seconds,
  );
  gauge('pending_events', 'Events that Odoo holds unacknowledged.', ({ findings }) => findings.pending_events);
  gauge('checked_seconds', 'How long ago that check was.', ({ age_seconds }) => age_seconds);
  gauge('key_expires_seconds', 'How long the API key for RPC is still good, where Odoo tells.', ({ findings }) =>
    findings.key_expires_at === null ? null : (Date.parse(findings.key_expires_at) - Date.now()) / 1_000,
  );
}
