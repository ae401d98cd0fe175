import { FailureCode } from '@bridgecore/contracts';
import { RefusedPushes } from '../refused-pushes';
import { SKEW_SECONDS } from './check-findings';
import { Facts, Finding } from './story';
import { concerned } from './system-findings';
import { ago, secondsBetween, sentence, span } from './words';

/** A change that came so long after it was made is late: a pull takes half a minute, Odoo's own jobs a minute more. */
const LATE_SECONDS = 300;

/** A push that was refused longer ago says nothing of what is missing now. */
const OLD_SECONDS = 86_400;

/** What the arrivals tell, and what did not arrive. */
export function arrivalFindings(facts: Facts): Finding[] {
  return [...refusals(facts), ...neverSeen(facts), ...clockOfEvents(facts), ...late(facts)];
}

function refusals({ gateway, asked: { asked_at: now } }: Facts): Finding[] {
  return gateway.refused_pushes
    .filter(({ last_at }) => secondsBetween(last_at, now) < OLD_SECONDS)
    .map((refused) => {
      const { code, key_id, system, detail } = refused;
      const who = key_id === null ? 'that showed no key known here' : `with the key "${key_id}"`;
      const pushes = refused.count === 1 ? '1 push' : `${refused.count} pushes`;
      const what = `${pushes} ${who} ${refused.count === 1 ? 'was' : 'were'} refused`;
      const why = detail === null ? '.' : `: ${sentence(detail)}`;
      const text = `${what} since this gateway started, the last ${ago(refused.last_at, now)} (${code})${why} What was refused comes with a pull instead, if pulls work.`;
      return { severity: 'warning', code: 'PUSHES_REFUSED', system, text, hint: hintOf(refused) };
    });
}

const HINTS: Readonly<Partial<Record<FailureCode, string>>> = {
  AUTHENTICATION_REQUIRED:
    "Open the webhook subscriber in Odoo: its authentication type must be Bearer, Basic or API key, and its token the gateway's push key " +
    '(WEBHOOK_PUSH_API_KEY, or one of API_KEYS_FILE that has not expired); then press Test connection.',
  FORBIDDEN:
    'Give the key the scope `ingest` and the system it speaks for, in API_KEYS_FILE, or the subscriber in Odoo another key.',
  RATE_LIMITED: 'Raise WEBHOOK_RATE_LIMIT_PER_MINUTE, or have Odoo send in batches.',
  QUEUE_FULL: 'Too much waits: start more workers, or give Redis more memory. `bridgecore doctor` shows the figures.',
  QUEUE_UNAVAILABLE: 'Redis was away, slow or set to evict: look at it with `bridgecore doctor`.',
  BODY_TOO_LARGE: 'Raise WEBHOOK_MAX_BODY_BYTES, or leave large fields out of the rule in Odoo.',
  EVENT_INVALID:
    'Look at who sends this: the gateway takes what the auto_webhook addon sends, and flat events with model, record_id and event.',
};

function hintOf({ code }: RefusedPushes): string {
  const known = HINTS[code as FailureCode];
  return known ?? 'Look at who pushes this, and at the log of the gateway: `request.done` with this outcome.';
}

/** Nothing of the record has come, from systems that are otherwise read: what that may be. */
function neverSeen(facts: Facts): Finding[] {
  const { events, dead_letters, queued, model_seen_from: seenFrom, asked } = facts;
  const isMet = [events, dead_letters, queued].some((found) => (found?.length ?? 0) > 0);
  if (isMet || events === null || seenFrom === null) return [];
  return concerned(facts).map(({ id: system }) => {
    if (!seenFrom.includes(system)) return notConfigured(system, asked.model);
    const text =
      `Other records of ${asked.model} have come from ${system}, but never ${asked.record_id}. It may not have been changed since the addon ` +
      'reports this model, a rule may leave it out, it may have another id, or Odoo has dropped the event: of changes within 3 ' +
      'seconds it reports the first, and none of a transaction that it had to repeat.';
    const hint =
      `Look into the addon's list of events in Odoo (model \`update.webhook\`) for this record. If it is there and not processed: ` +
      `\`bridgecore sweep ${system}\`. If it is not: save the record once more in Odoo, and then \`bridgecore pull ${system}\`.`;
    return { severity: 'info', code: 'MODEL_SEEN_BUT_NOT_RECORD', system, text, hint };
  });
}

function notConfigured(system: string, model: string): Finding {
  const text =
    `No event of the model ${model} has ever been recorded from ${system}: probably the addon there is not told to report it. ` +
    'Out of the box it reports some models only, and never deletions.';
  const hint =
    `In Odoo, see whether the auto_webhook addon has a rule (model \`webhook.rule\`) or a configuration (\`webhook.config\`) for ${model} ` +
    `that is active and not in test mode. Then save a record, and \`bridgecore pull ${system}\`. Is the model's name right?`;
  return { severity: 'warning', code: 'NOT_CONFIGURED_IN_ODOO', system, text, hint };
}

/** An event from the future tells of a wrong clock, also where no check has looked. */
function clockOfEvents(facts: Facts): Finding[] {
  const newest = facts.events?.at(-1);
  const told = concerned(facts).some(({ id, check }) => {
    return id === newest?.system && Math.abs(check?.clock_skew_seconds ?? 0) > SKEW_SECONDS;
  });
  if (newest === undefined || told) return [];
  const early = secondsBetween(newest.received_at, newest.occurred_at);
  if (early <= SKEW_SECONDS) return [];
  const text = `Event ${newest.id} says that it occurred ${span(early)} after it was received: the clock of ${newest.system} was ahead of ours.`;
  const hint = "Keep both machines' clocks right by NTP. Search its events by record, not by time.";
  return [{ severity: 'warning', code: 'CLOCK_SKEWED', system: newest.system, text, hint }];
}

function late({ events }: Facts): Finding[] {
  const newest = events?.at(-1);
  if (newest === undefined) return [];
  const delay = secondsBetween(newest.occurred_at, newest.received_at);
  if (delay <= LATE_SECONDS) return [];
  const how = newest.pushed_at === null ? 'by pull alone; no push of it was accepted' : 'also by push';
  const text = `Event ${newest.id} came ${span(delay)} after the change was made in ${newest.system}, ${how}. (By Odoo's own clock.)`;
  const hint =
    'If others are late too, see whether Odoo, Redis or the pulls were away at that time (`bridgecore events`, the log of the worker), ' +
    'or whether pushes are refused.';
  return [{ severity: 'info', code: 'ARRIVED_LATE', system: newest.system, text, hint }];
}
