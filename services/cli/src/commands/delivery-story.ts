import { AttemptView, DeliveryView, ToldDelivery } from '../api/notify-shapes';
import { Context } from '../context';
import { Output } from '../output';
import { counted, wrapped } from '../text/prose';
import { Column } from '../text/table';
import { dueIn, took, toSecond } from '../text/time';

/** Of an answer is shown so much; `--json` has what is kept of it. */
const ANSWER_LINES = 5;
const LINE_LENGTH = 300;

/** What a delivery tells of, in a few words. */
export function about({ event_id: event, model, record_id: record }: DeliveryView): string {
  if (event === null) return 'a test';
  return model === null ? `event ${event}` : `${model} ${record ?? ''}`.trim();
}

/** Shows one delivery: how it stands, and what came of each try. */
export async function showDelivery(
  context: Context,
  _options: object,
  [id = '']: readonly string[],
): Promise<undefined> {
  const told = await context.api().get<ToldDelivery>(`/api/v1/deliveries/${encodeURIComponent(id)}`);
  if (context.output.isJson) context.output.json(told);
  else await show(told, context.output);
  return undefined;
}

async function show(delivery: ToldDelivery, output: Output): Promise<void> {
  const { paint, width } = output;
  const { id, state, subscription, system, event_id: event, attempts, attempt_log: log } = delivery;
  const style = COLOURS[state] ?? 'yellow';
  const of = system === null ? '' : ` of ${system}`;
  output.print(`Delivery ${paint('bold', id)} is ${paint(style, state)}: ${about(delivery)}${of}, to ${subscription}.`);
  if (state !== 'delivered' && delivery.last_error !== null) output.print(wrapped(delivery.last_error, width));
  output.print('');
  const line = (name: string, text: string): void => output.print(`  ${name.padEnd(14)} ${text}`);
  line('message', `${delivery.message_id} (the webhook-id that the receiver sees)`);
  if (event !== null) line('event', event);
  line('made', toSecond(delivery.created_at));
  line('tries', `${attempts}${attempts < log.length ? ` since it was replayed, ${log.length} in all` : ''}`);
  if (delivery.closed_at !== null) line('closed', toSecond(delivery.closed_at));
  if (state === 'waiting') line('next try', dueIn(delivery.next_attempt_at));
  output.print('');
  await showAttempts(log, output);
  if (state === 'dead')
    output.print(`\n${paint('dim', `Mend the receiver, then: bridgecore deliveries replay ${id}`)}`);
}

const COLOURS: Readonly<Record<string, 'green' | 'red'>> = { delivered: 'green', dead: 'red' };

/** The tries, and the beginning of the last answer. */
export async function showAttempts(log: readonly AttemptView[], output: Output): Promise<void> {
  if (log.length === 0) {
    output.print('It was not tried yet.');
    return;
  }
  await output.table(COLUMNS)(log);
  const { answer = null } = log.at(-1) ?? {};
  if (answer === null || answer === '') return;
  output.print('\nThe last answer begins');
  beginningOf(answer).forEach((text) => output.print(`  ${text}`));
}

/** A receiver may answer with anything; what is cleaned has its line feeds written out as `\n`. */
function beginningOf(answer: string): string[] {
  const lines = answer.split(/\\r\\n|\\n|\n/);
  const shown = lines.slice(0, ANSWER_LINES).map((text) => text.slice(0, LINE_LENGTH));
  return lines.length > ANSWER_LINES
    ? [...shown, `… ${counted(lines.length - ANSWER_LINES, 'line')} more: see --json`]
    : shown;
}

const COLUMNS: readonly Column<AttemptView>[] = [
  { head: 'AT', cell: ({ at }) => toSecond(at) },
  { head: 'OUTCOME', cell: ({ outcome }) => outcome },
  { head: 'STATUS', cell: ({ status }) => (status === null ? '–' : String(status)), isNumber: true },
  { head: 'TOOK', cell: ({ duration_ms: ms }) => took(ms), isNumber: true },
  { head: 'ERROR', cell: ({ error }) => error ?? '', isLong: true },
  { head: 'WORKER', cell: ({ worker }) => worker, isExtra: true },
];
