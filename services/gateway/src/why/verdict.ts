import { isHeldUp } from './held-up';
import { Facts, QueuedEvent, Verdict } from './story';
import { ago, count, sentence } from './words';

/**
 * How the record stands, in one sentence. What needs somebody comes before what goes on by itself, and both before what
 * is done: a record may have any number of events, each at another step.
 */
export function verdictOf(facts: Facts): Verdict {
  return inTrouble(facts) ?? onItsWay(facts) ?? recorded(facts) ?? notFound(facts);
}

/** The record as people call it. */
export const nameOf = ({ asked: { model, record_id } }: Facts): string => `${model} ${record_id}`;

function inTrouble(facts: Facts): Verdict | undefined {
  const failed = facts.queued?.find(({ state }) => state === 'failed');
  const letters = (facts.dead_letters ?? []).filter(({ status }) => status === 'open');
  const [letter] = letters.slice(-1);
  if (failed !== undefined) {
    const tried = `has failed in all its ${count(failed.attempts, 'attempt')}`;
    const text = `A change of ${nameOf(facts)} has arrived, but the job that carries it ${tried}: ${sentence(failed.error ?? 'no reason was kept')}`;
    return { code: 'FAILED_JOB', text };
  }
  if (letter === undefined) return undefined;
  const which = letters.length === 1 ? 'it is' : `there are ${letters.length} such, the last is`;
  const text = `A change of ${nameOf(facts)} has arrived, but could not be recorded (${letter.reason}); ${which} kept as dead letter ${letter.id}.`;
  return { code: 'DEAD_LETTER', text };
}

function onItsWay(facts: Facts): Verdict | undefined {
  const [next] = facts.queued ?? [];
  if (next === undefined) return undefined;
  const retried = facts.queued?.find(hasFailed);
  const { asked_at: now } = facts.asked;
  if (retried !== undefined) {
    const { attempts, attempts_allowed: allowed, error, next_attempt_at: at } = retried;
    const when = at === null ? 'is about to be tried again' : `is tried again at ${at.toISOString()}`;
    const text = `A change of ${nameOf(facts)} has arrived and could not be recorded so far (attempt ${attempts} of ${allowed}: ${error ?? 'no reason was kept'}); it ${when}.`;
    return { code: 'RETRYING', text };
  }
  const doing = next.state === 'active' ? 'is being recorded just now' : 'waits in the queue for a worker';
  const text = `A change of ${nameOf(facts)} has arrived ${ago(new Date(next.received_at), now)} and ${doing}.`;
  return { code: 'QUEUED', text };
}

const hasFailed = ({ attempts, error }: QueuedEvent): boolean => attempts > 0 || error !== null;

function recorded(facts: Facts): Verdict | undefined {
  const newest = facts.events?.at(-1);
  if (newest === undefined) return undefined;
  const { asked_at: now } = facts.asked;
  const number = `${facts.events_more ? 'more than ' : ''}${count(facts.events?.length ?? 0, 'event')}`;
  const how = [newest.pushed_at === null ? [] : ['push'], newest.pulled_at === null ? [] : ['pull']]
    .flat()
    .join(' and ');
  const last = `the newest (${newest.id}) came ${ago(newest.received_at, now)}${how === '' ? '' : ` by ${how}`}`;
  const missing = notHandedOn(facts);
  if (missing === undefined) return { code: 'RECORDED', text: `${nameOf(facts)} is recorded: ${number}; ${last}.` };
  const text = `${nameOf(facts)} is recorded: ${number}; ${last}, but not everything is handed on yet: ${missing}.`;
  return { code: 'RECORDED_NOT_DELIVERED', text };
}

/** What is recorded and has not got where it should: what is given up first, and else the newest. */
function notHandedOn({ outbox, deliveries, asked: { asked_at: now } }: Facts): string | undefined {
  const [entry] = outbox ?? [];
  if (entry !== undefined) return `event ${entry.event_id} waits for "${entry.subscriber}"`;
  const missing = (deliveries ?? []).filter((delivery) => isHeldUp(delivery, now));
  const one = missing.findLast(({ state }) => state === 'dead') ?? missing.at(-1);
  if (one === undefined) return undefined;
  const { event_id, subscription, state, receiver, attempts } = one;
  const others = missing.length === 1 ? '' : ` (one of ${missing.length} such deliveries)`;
  if (state === 'dead') return `sending event ${event_id} to "${subscription}" was given up${others}`;
  if (receiver.state === 'paused') return `event ${event_id} waits, since "${subscription}" is paused${others}`;
  const why = attempts === 0 ? '' : ` after ${count(attempts, 'try', 'tries')}`;
  return `event ${event_id} waits for "${subscription}"${why}${others}`;
}

function notFound(facts: Facts): Verdict {
  const { events, dead_letters, queued, queued_all_seen } = facts;
  const from = facts.asked.system === null ? '' : ` from ${facts.asked.system}`;
  const unseen = [
    ...(events === null || dead_letters === null ? ['PostgreSQL cannot be read now'] : []),
    ...(queued === null ? ['the queue cannot be read now'] : []),
    ...(queued !== null && !queued_all_seen ? ['the queue holds more jobs than were looked through'] : []),
  ];
  if (unseen.length > 0) {
    return { code: 'UNKNOWN', text: `Whether ${nameOf(facts)} has arrived cannot be told: ${unseen.join(', and ')}.` };
  }
  const text = `Nothing of ${nameOf(facts)} has arrived${from}: it is not recorded, in no queue, and no dead letter.`;
  return { code: 'NOT_ARRIVED', text };
}
