import { DeadLetterRow } from '@bridgecore/database';
import { deliveryFindings } from './delivery-findings';
import { Facts, Finding, OutboxEntry, QueuedEvent } from './story';
import { ago, count, sentence } from './words';

/** What is known of the record's own events. */
export function recordFindings(facts: Facts): Finding[] {
  const { queued, dead_letters: letters, outbox, asked } = facts;
  return [
    ...oncePerJob(queued ?? []).flatMap((event) => jobFindings(event)),
    ...(letters ?? []).flatMap((letter) => letterFindings(letter, asked.asked_at)).reverse(),
    ...(outbox ?? []).flatMap((entry) => outboxFindings(entry, facts)),
    ...deliveryFindings(facts),
  ];
}

/** A job may carry several events of the record, all of which share its fate. */
function oncePerJob(queued: readonly QueuedEvent[]): QueuedEvent[] {
  return [...new Map(queued.map((event) => [event.job_id, event])).values()];
}

function jobFindings({ system, state, error, ...job }: QueuedEvent): Finding[] {
  const why = sentence(error ?? 'no reason was kept');
  if (state === 'failed') {
    const text = `Job ${job.job_id}, which carries a change of this record, has failed ${count(job.attempts, 'time')} and is given up: ${why}`;
    const hint =
      'A worker moves it to the dead letters as soon as PostgreSQL works; nothing is lost. Mend the reason, then replay: ' +
      '`bridgecore dead-letters list`, `bridgecore dead-letters replay <id>`.';
    return [{ severity: 'error', code: 'JOB_FAILED', system, text, hint }];
  }
  if (job.attempts === 0 && error === null) return [];
  const text = `Job ${job.job_id}, which carries a change of this record, has failed ${count(job.attempts, 'time')} so far, and may be tried ${job.attempts_allowed} times: ${why}`;
  const hint = 'It is tried again by itself. Mend the reason; if all attempts fail, it becomes a dead letter.';
  return [{ severity: 'warning', code: 'JOB_RETRIES', system, text, hint }];
}

/** What the commonest reasons mean; the others are told by the error's own text. */
const REASONS: Readonly<Partial<Record<string, string>>> = {
  EVENT_INVALID: 'it is not an event as Odoo sends them',
  JOB_UNREADABLE: 'this version cannot read it; a newer one wrote it',
  '22P05': 'it holds a character that PostgreSQL does not store',
  '22003': 'it holds a number out of range',
};

function letterFindings(letter: DeadLetterRow, now: Date): Finding[] {
  const { id, system, status, reason, error, closed_at, event_id } = letter;
  const meaning = REASONS[reason] === undefined ? '' : `, ${REASONS[reason]}`;
  const what = `Dead letter ${id}: a change of this record that came by ${letter.origin} could not be recorded (${reason}${meaning})`;
  if (status === 'open') {
    const tries = `tried ${count(letter.attempts, 'time')}, last ${ago(letter.last_failed_at, now)}`;
    const hint =
      `Look at it with \`bridgecore dead-letters show ${id}\`. When the reason is mended (here or in Odoo): ` +
      `\`bridgecore dead-letters replay ${id}\`; when it is worth nothing: \`bridgecore dead-letters discard ${id}\`.`;
    return [{ severity: 'error', code: 'DEAD_LETTER', system, text: `${what}; ${tries}. ${sentence(error)}`, hint }];
  }
  const when = closed_at === null ? '' : ` ${ago(closed_at, now)}`;
  if (status === 'replayed') {
    const text = `${what}; it was replayed${when}${event_id === null ? '' : ` and is event ${event_id}`}.`;
    return [{ severity: 'info', code: 'DEAD_LETTER_REPLAYED', system, text, hint: null }];
  }
  const hint = `It will not come again by itself. Who discarded it, and why: \`bridgecore dead-letters show ${id}\`.`;
  return [
    { severity: 'warning', code: 'DEAD_LETTER_DISCARDED', system, text: `${what}; it was discarded${when}.`, hint },
  ];
}

function outboxFindings({ event_id, subscriber, ...entry }: OutboxEntry, { events }: Facts): Finding[] {
  const system = events?.find(({ id }) => id === event_id)?.system ?? null;
  if (entry.attempts === 0) {
    const text = `Event ${event_id} is recorded and waits to be handed on to "${subscriber}".`;
    const hint = 'It should take seconds. Does a worker run?';
    return [{ severity: 'info', code: 'OUTBOX_WAITS', system, text, hint }];
  }
  const why = sentence(entry.last_error ?? 'no reason was kept');
  const text = `Event ${event_id} is recorded, but handing it on to "${subscriber}" has failed ${count(entry.attempts, 'time')}: ${why}`;
  const hint = `Mend the receiver; it is tried again by itself, next at ${entry.next_attempt_at.toISOString()}.`;
  return [{ severity: 'error', code: 'OUTBOX_FAILS', system, text, hint }];
}
