import { Output } from '../output';
import { counted, wrapped } from '../text/prose';
import { ago, dueIn, toSecond } from '../text/time';
import { DeliveryView, Finding, OutboxView, QueuedView, WhyView } from './shapes';
import { timelineOf } from './timeline';

/** So many events are told in full unless all are asked for. */
const EVENTS = 3;

const GOOD: ReadonlySet<string> = new Set(['RECORDED']);
const ON_ITS_WAY: ReadonlySet<string> = new Set(['QUEUED', 'RETRYING', 'RECORDED_NOT_DELIVERED', 'UNKNOWN']);

/** True when there is nothing to do: it has arrived, and what must follow has followed. */
export const isWell = ({ verdict }: WhyView): boolean => GOOD.has(verdict.code);

/** Tells a record's story: how it stands first, then what is known, then what to do. */
export function showWhy(why: WhyView, findings: readonly Finding[], output: Output, isAll: boolean): void {
  const { width } = output;
  output.print(`${markOf(why, output)} ${wrapped(why.verdict.text, width, '  ')}`);
  showFindings(findings, output);
  showQueued(why.queued ?? [], output);
  showLetters(why, output);
  showEvents(why, output, isAll);
}

function markOf(why: WhyView, { paint }: Output): string {
  if (isWell(why)) return paint('green', '✓');
  return ON_ITS_WAY.has(why.verdict.code) ? paint('yellow', '!') : paint('red', '✗');
}

const MARKS = { error: ['red', '✗'], warning: ['yellow', '!'], info: ['dim', '·'] } as const;

function showFindings(findings: readonly Finding[], output: Output): void {
  const { paint, width } = output;
  if (findings.length === 0) return;
  output.print(`\n${paint('bold', 'What was found')}`);
  for (const { severity, text, hint } of findings) {
    const [style, mark] = MARKS[severity];
    output.print(`${paint(style, mark)} ${wrapped(text, width, '  ')}`);
    if (hint !== null) output.print(`  ${paint('cyan', '→')} ${wrapped(hint, width, '    ')}`);
  }
}

function showQueued(queued: readonly QueuedView[], output: Output): void {
  if (queued.length === 0) return;
  output.print(`\n${output.paint('bold', 'In the queue')}`);
  for (const { queue, job_id: job, state, operation, received_at: at, ...rest } of queued) {
    const tries = `attempt ${rest.attempts} of ${rest.attempts_allowed}`;
    const next = rest.next_attempt_at === null ? '' : `, next ${ago(rest.next_attempt_at)}`;
    output.print(
      `  ${operation ?? 'an item that was refused'}, received ${ago(at)}: ${state} in ${queue}, ${tries}${next}`,
    );
    if (rest.error !== null) output.print(`    ${wrapped(rest.error, output.width, '    ')}`);
    output.print(output.paint('dim', `    job ${job}, correlation ${rest.correlation_id}`));
  }
}

function showLetters({ dead_letters: letters }: WhyView, output: Output): void {
  if (letters === null || letters.length === 0) return;
  output.print(`\n${output.paint('bold', 'Dead letters')}`);
  for (const { id, status, reason, error, last_failed_at: at, attempts } of letters) {
    output.print(`  ${id}, ${status}: ${reason}, ${counted(attempts, 'attempt')}, the last ${ago(at)}`);
    output.print(`    ${wrapped(error, output.width, '    ')}`);
  }
}

function showEvents({ events, events_more: isMore, ...why }: WhyView, output: Output, isAll: boolean): void {
  const { paint } = output;
  if (events === null || events.length === 0) return;
  const shown = isAll ? events : events.slice(-EVENTS);
  const older = events.length - shown.length;
  for (const event of shown) {
    const { id, system, operation, priority, is_test: isTest } = event;
    output.print(
      `\n${paint('bold', `Event ${id}`)} of ${system}: ${operation}, ${priority}${isTest ? ', a test' : ''}`,
    );
    for (const { at, what } of timelineOf(event))
      output.print(`  ${toSecond(at)}  ${wrapped(what, output.width, ' '.repeat(24))}`);
    for (const entry of (why.outbox ?? []).filter(({ event_id: of }) => of === id)) showWaiting(entry, output);
    for (const sent of (why.deliveries ?? []).filter(({ event_id: of }) => of === id)) showDelivery(sent, output);
    output.print(paint('dim', `  correlation ${event.correlation_id}`));
  }
  if (older > 0)
    output.print(`\n${isMore ? `More than ${older}` : older} older: --all shows ${older === 1 ? 'it' : 'them'}.`);
}

function showWaiting(
  { subscriber, attempts, last_error: error, next_attempt_at: next }: OutboxView,
  output: Output,
): void {
  const why = error === null ? '' : ` (${error})`;
  const text = `not handed on to "${subscriber}" yet: ${counted(attempts, 'attempt')}${why}, next ${ago(next)}`;
  output.print(`  ${output.paint('yellow', '!')} ${wrapped(text, output.width, '    ')}`);
}

const DELIVERY_MARKS: Readonly<Record<string, (typeof MARKS)[keyof typeof MARKS] | readonly ['green', '✓']>> = {
  delivered: ['green', '✓'],
  waiting: MARKS.warning,
  dead: MARKS.error,
};

function showDelivery(delivery: DeliveryView, output: Output): void {
  const [style, mark] = DELIVERY_MARKS[delivery.state] ?? MARKS.info;
  const text = `${becameOf(delivery)} (delivery ${delivery.id})`;
  output.print(`  ${output.paint(style, mark)} ${wrapped(text, output.width, '    ')}`);
}

function becameOf({ subscription: name, state, attempts, closed_at: closed, ...delivery }: DeliveryView): string {
  const { last_status: status, last_error: error, next_attempt_at: next } = delivery;
  const reason = error ?? (status === null ? '' : `status ${status}`);
  const why = reason === '' ? '' : `, the last: ${reason}`;
  const tries = counted(attempts, 'attempt');
  switch (state) {
    case 'delivered':
      return `delivered to "${name}" ${ago(closed)}, ${tries}`;
    case 'dead':
      return `not delivered to "${name}": given up ${ago(closed)}, ${tries}${why}`;
    case 'discarded':
      return `not sent to "${name}": discarded ${ago(closed)}`;
    case 'waiting':
      if (delivery.under_way) return `being sent to "${name}" just now`;
      return attempts === 0
        ? `waits to be sent to "${name}"`
        : `not delivered to "${name}" yet: ${tries}${why}, next ${dueIn(next)}`;
    default:
      return `${state}: to "${name}"`;
  }
}
