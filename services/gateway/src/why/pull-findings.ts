import { ODOO_PULL, TICKS } from '@bridgecore/contracts';
import { SystemView } from '../systems';
import { Facts, Finding, LastPull } from './story';
import { ago, secondsBetween, span } from './words';

/** Runs that come less often than every third tick are missing, unless ticks come faster than anybody would notice. */
const MISSED_TICKS = 3;
const MIN_SECONDS = 120;

/** What waits for so long in a queue of ticks or runs waits for somebody who is not there. */
const WAITING_SECONDS = 30;

/** That nobody has pulled a system for too long, nor tried to: it may be in order, or not as it was seen then. */
export function noPulls(view: SystemView, facts: Facts, last: LastPull | undefined): Finding[] {
  const { id: system, sync_interval_seconds: interval } = view;
  const begun = begunAt(view, last);
  const now = facts.asked.asked_at;
  if (begun !== null && secondsBetween(begun, now) <= patienceOf(view)) return [];
  const code = begun === null ? 'NEVER_PULLED' : 'NOTHING_PULLS';
  const since = begun === null ? `${system} was never pulled` : `The last pull of ${system} was ${ago(begun, now)}`;
  const { why, hint } = whoSleeps(system, facts);
  const text = `${since}, though it should be every ${span(interval)}: ${why}`;
  return [{ severity: 'error', code, system, text, hint }];
}

/** Whether the pulls of a system get on, when somebody pulls it; what Odoo itself has against it is told elsewhere. */
export function howPullsStand(view: SystemView, facts: Facts, last: LastPull | undefined): Finding[] {
  const { id: system, pull, sync_interval_seconds: interval } = view;
  const begun = begunAt(view, last);
  const succeeded = latest(pull.last_event_at, pull.succeeded_at);
  const now = facts.asked.asked_at;
  if (begun === null || secondsBetween(begun, now) > patienceOf(view)) return []; // `noPulls` tells
  if (succeeded === null) {
    const text = `Runs of ${system} begin, but none has come to an end yet.`;
    return [{ severity: 'warning', code: 'NEVER_PULLED', system, text, hint: hintOfLog(system) }];
  }
  if (secondsBetween(succeeded, now) <= patienceOf(view)) return [];
  const text = `${system} was last pulled with success ${ago(succeeded, now)}, though it should be every ${span(interval)}; runs begin, but do not get on.`;
  return [{ severity: 'error', code: 'PULL_LAGS', system, text, hint: hintOfLog(system) }];
}

const patienceOf = ({ sync_interval_seconds: interval }: SystemView): number =>
  Math.max(MISSED_TICKS * interval, MIN_SECONDS);

/** When somebody last had to do with pulling it: a run that was skipped leaves no trace but its ending. */
function begunAt({ pull }: SystemView, last: LastPull | undefined): Date | null {
  return latest(pull.last_run_at, pull.last_event_at, pull.succeeded_at, last?.ended_at ?? null);
}

const hintOfLog = (system: string): string =>
  `Ask for one and see what comes of it: \`bridgecore pull ${system}\`. The worker's log has the reasons under \`job.failed\` with \`queue=odoo-pull\`.`;

function latest(...times: readonly (Date | null)[]): Date | null {
  return times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}

/** Time goes from the scheduler through two queues to a worker: who does not do their part is told by what waits where. */
function whoSleeps(system: string, { queues }: Facts): { why: string; hint: string } {
  const waits = (name: string): boolean =>
    (queues?.find(({ queue }) => queue === name)?.oldest_seconds ?? 0) > WAITING_SECONDS;
  if (queues === null) return { why: 'the queues cannot be looked at.', hint: 'First get Redis back; then ask again.' };
  if (waits(ODOO_PULL.name)) {
    const why = 'runs wait in the queue `odoo-pull` and no worker takes them.';
    return {
      why,
      hint: 'Start a worker, or look at its log and its `/health/ready`: it waits while PostgreSQL is away or not migrated.',
    };
  }
  if (waits(TICKS.name)) {
    const why = 'ticks wait in the queue `ticks` and no scheduler works them off.';
    return { why, hint: 'Start the scheduler, or look at its log.' };
  }
  const why = 'no tick comes, so probably no scheduler runs, or it does not know this system.';
  const hint = `Start the scheduler, with the same ODOO_URL or SYSTEMS_FILE as the gateway has. Meanwhile \`bridgecore pull ${system}\` pulls it once.`;
  return { why, hint };
}
