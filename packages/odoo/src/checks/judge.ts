import { isRecord, JsonRecord, SystemFindings, SystemState } from '@bridgecore/contracts';
import { Probed } from '../odoo-probe';
import { isTrouble, OdooFailure, OdooTrouble } from '../odoo-failure';
import { RpcFindings } from './check-rpc';
import { clockProblem, problemOf } from './problems';
import { Snapshot, snapshotOf } from './snapshot';

/** How one system was found; how much of what it holds is recorded is not known by asking it. */
export interface SystemCheck {
  readonly state: SystemState;
  readonly findings: SystemFindings;
  /** What it held, where it told; to be compared with what is recorded. */
  readonly snapshot: Snapshot | null;
}

/** What a call has brought, or what it failed by. */
export type Outcome = { readonly probed: Probed } | { readonly failure: OdooFailure };

/** What was asked, and what came of it. */
export interface Asked {
  readonly health: Outcome;
  readonly key?: Outcome;
  readonly rpc?: RpcFindings;
}

const DENIED: ReadonlySet<OdooTrouble> = new Set(['denied']);

/** What the answers mean: an addon that has answered anything is reachable, and any problem makes it degraded. */
export function judge({ health, key, rpc }: Asked, skewWarnSeconds: number): SystemCheck {
  const answers = [health, key].flatMap((outcome) =>
    outcome !== undefined && 'probed' in outcome ? outcome.probed : [],
  );
  const skew = answers.map((answer) => answer.clockSkewSeconds).find((seconds) => seconds !== null) ?? null;
  const problems = [
    ...problemsOf(health),
    ...(key === undefined ? [] : problemsOf(key)),
    ...clockProblem(skew, skewWarnSeconds),
    ...(rpc?.problems ?? []),
  ];
  const reachable = answers.length > 0;
  const found = rpc?.rpc ?? null;
  return {
    snapshot: key !== undefined && 'probed' in key ? snapshotOf(key.probed) : null,
    state: !reachable ? 'down' : problems.length > 0 ? 'degraded' : 'ok',
    findings: {
      problems: [...new Set(problems)], // a page of a wrong address answers both questions alike
      reachable,
      key_accepted: key === undefined ? null : isKeyAccepted(key),
      ...aboutAddon(health),
      ...{ events_held: null, events_recorded: null, events_until: null },
      clock_skew_seconds: skew,
      key_expires_at: found?.configured === true ? found.key_expires_at : null,
      rpc: found,
    },
  };
}

/** Null when Odoo has not come so far as to look at it. */
function isKeyAccepted(key: Outcome): boolean | null {
  if ('probed' in key) return true;
  return isTrouble(key.failure, DENIED) ? false : null;
}

function aboutAddon(health: Outcome): { addon_version: string | null; pending_events: number | null } {
  const { version, pending_events: pending }: JsonRecord = 'probed' in health ? health.probed.body : {};
  return {
    addon_version: typeof version === 'string' ? version : null,
    pending_events: Number.isSafeInteger(pending) ? (pending as number) : null,
  };
}

/** Statistics that failed inside come as a success (`stats-internal-error`). */
function problemsOf(outcome: Outcome): string[] {
  if ('failure' in outcome) return [problemOf(outcome.failure)];
  const { stats } = outcome.probed.body;
  const error = isRecord(stats) ? stats['error'] : undefined;
  if (typeof error !== 'string') return [];
  return [problemOf(new OdooFailure('failed', `Odoo failed inside: ${error.slice(0, 300)}`))];
}
