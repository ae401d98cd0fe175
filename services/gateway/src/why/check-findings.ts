import { SystemView } from '../systems';
import { Finding } from './story';
import { ago, secondsBetween, span } from './words';

/** What the workers warn of unless they are told otherwise (`CLOCK_SKEW_WARN_SECONDS`). */
export const SKEW_SECONDS = 30;

/** Four times as long as from one check to the next, unless they are told otherwise. */
const STALE_SECONDS = 7_200;

/** What the last connection check has found, but for what is told already, and how much that is worth. */
export function checkFindings(
  { id: system, check }: SystemView,
  now: Date,
  { isTold }: { readonly isTold: boolean },
): Finding[] {
  const hint =
    'The scheduler has it checked when it starts and every CONNECTION_CHECK_SECONDS: does it run? `bridgecore doctor` looks at it now.';
  if (check === null) {
    const text = `No connection check of ${system} was made yet, so nothing is known of its clock, its key and its addon.`;
    return [{ severity: 'info', code: 'CHECK_STALE', system, text, hint }];
  }
  const { clock_skew_seconds: skew, problems, checked_at } = check;
  const when = ago(checked_at, now);
  const found: Finding[] = [];
  if (skew !== null && Math.abs(skew) > SKEW_SECONDS) found.push(clockFinding(system, skew, when));
  const others = problems.filter((problem) => !problem.startsWith('Its clock'));
  for (const problem of isTold ? [] : others) {
    const text = `The connection check of ${system} (${when}) says: ${problem}`;
    const severity = /\bRPC\b/.test(problem) ? 'info' : 'warning'; // events do not come by RPC
    found.push({ severity, code: 'CHECK_PROBLEM', system, text, hint: '`bridgecore doctor` looks at it now.' });
  }
  if (secondsBetween(checked_at, now) <= STALE_SECONDS) return found;
  const text = `The last connection check of ${system} was ${when}: what it has found may be otherwise by now.`;
  return [...found, { severity: 'warning', code: 'CHECK_STALE', system, text, hint }];
}

function clockFinding(system: string, skew: number, when: string): Finding {
  const where = skew > 0 ? 'ahead of' : 'behind';
  const text =
    `The clock of ${system} (or of a proxy in front of it) is ${span(Math.abs(skew))} ${where} ours, as seen ${when}. Events ` +
    'come all the same, but their `occurred_at` is off by as much: searched by time, or read in the order of time, they seem ' +
    'to be missing, and a change that came by push and by pull may be recorded twice.';
  const hint =
    "Keep both machines' clocks right by NTP (`timedatectl`). Search such events by record, not by time: `bridgecore events`.";
  return { severity: 'warning', code: 'CLOCK_SKEWED', system, text, hint };
}
