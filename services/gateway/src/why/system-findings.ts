import { SystemView } from '../systems';
import { checkFindings } from './check-findings';
import { Evidence, newestEvidence } from './odoo-evidence';
import { howPullsStand, noPulls } from './pull-findings';
import { Facts, Finding } from './story';
import { ago, sentence, span } from './words';

/** What is wrong with the Odoos that the record may come from, one after another. */
export function systemFindings(facts: Facts): Finding[] {
  return [...undeclared(facts), ...concerned(facts).flatMap((system) => findingsOfSystem(system, facts))];
}

/** Where the record was met it comes from there; else it may come from any of those asked about. */
export function concerned({ systems, events, dead_letters, queued }: Facts): readonly SystemView[] {
  const met = new Set([...(events ?? []), ...(dead_letters ?? []), ...(queued ?? [])].map(({ system }) => system));
  return (systems ?? []).filter(({ id }) => met.size === 0 || met.has(id));
}

function undeclared({ asked: { system }, systems }: Facts): Finding[] {
  if (systems === null || systems.length > 0) return [];
  const text =
    system === null
      ? 'No Odoo is declared to this gateway, so as far as it knows none is pulled; pushes may arrive all the same.'
      : `There is no system "${system}" declared to this gateway: it is not pulled, and no key of its can push.`;
  const hint =
    'Give every service the same ODOO_URL and ODOO_SYSTEM_ID, or the same SYSTEMS_FILE; see `bridgecore systems`.';
  return [{ severity: 'warning', code: 'SYSTEM_NOT_DECLARED', system, text, hint }];
}

function findingsOfSystem(view: SystemView, facts: Facts): Finding[] {
  const last = facts.last_pulls?.find(({ system }) => system === view.id);
  const evidence = newestEvidence(view, last);
  const now = facts.asked.asked_at;
  const cause = evidence === undefined ? undefined : causeOf(view, evidence, now);
  return [
    ...noPulls(view, facts, last),
    ...(cause === undefined ? howPullsStand(view, facts, last) : [cause]), // a cause tells of its effect too
    ...checkFindings(view, now, { isTold: cause !== undefined || wasAway(view) }),
  ];
}

/** The check met it away, or its key refused: told as a cause, or a pull has succeeded since. */
function wasAway({ check }: SystemView): boolean {
  return check?.state === 'down' || check?.key_accepted === false;
}

/** What keeps Odoo from being pulled, when somebody has met it. */
function causeOf(view: SystemView, evidence: Evidence, now: Date): Finding | undefined {
  const { id: system } = view;
  const when = ago(evidence.at, now);
  const told = sentence(evidence.reason);
  if (evidence.says === 'key_refused') {
    const text = `${system} refuses the key of its pull API (seen ${when}), so nothing can be pulled from it: ${told} ${lagOf(view)}`;
    const hint =
      `In Odoo the key is the system parameter \`webhook.api_key\` (Settings, Technical, System Parameters). Give the worker ` +
      `the same as ODOO_WEBHOOK_API_KEY, or as \`webhook_api_key\` of ${system} in SYSTEMS_FILE, and restart it; then \`bridgecore pull ${system}\`.`;
    return { severity: 'error', code: 'ODOO_KEY_REFUSED', system, text, hint };
  }
  if (evidence.says === 'down') {
    const text = `${system} is away (seen ${when}): ${told} ${lagOf(view)} Its events stay in it until it is back.`;
    const hint =
      `Does ${view.url} run, and may the worker connect to it? Look at Odoo's log. When it is back, pulls go on by ` +
      `themselves; at once with \`bridgecore pull ${system}\`.`;
    return { severity: 'error', code: 'ODOO_DOWN', system, text, hint };
  }
  if (evidence.says === 'fails') {
    const text = `The last pull of ${system} has failed ${when}: ${told} ${lagOf(view)}`;
    const hint = `Each tick tries again. Mend the reason, and see with \`bridgecore pull ${system}\` whether it works; the worker's log has more under \`job.failed\`.`;
    return { severity: 'error', code: 'PULL_FAILS', system, text, hint };
  }
  if (evidence.says !== 'skipped') return undefined;
  const text = `The last pull of ${system} was skipped ${when}: ${told} ${lagOf(view)}`;
  const hint = `If that lasts, look at Odoo's load and at what the worker has declared; ask again with \`bridgecore pull ${system}\`.`;
  return { severity: 'warning', code: 'PULL_SKIPPED', system, text, hint };
}

/** For how long nothing has come from it. */
function lagOf({ pull: { lag_seconds: lag } }: SystemView): string {
  return lag === null ? 'It was never pulled with success.' : `The last successful pull was ${span(lag)} ago.`;
}
