import { safeJson } from '@bridgecore/runtime';
import { AuditView, DeadLetterView } from '../api/shapes';
import { Context } from '../context';
import { Output } from '../output';
import { counted, wrapped } from '../text/prose';
import { ago, toSecond } from '../text/time';

interface Story {
  readonly dead_letter: DeadLetterView;
  readonly audit: readonly AuditView[];
}

/** A body may be a megabyte; `--json` has all of it. */
const MAX_BODY_LINES = 200;

/** Shows one dead letter: why first, its body last. */
export async function showDeadLetter(
  context: Context,
  _options: object,
  [id = '']: readonly string[],
): Promise<undefined> {
  const story = await context.api().get<Story>(`/api/v1/dead-letters/${encodeURIComponent(id)}`);
  if (context.output.isJson) context.output.json(story);
  else show(story, context.output);
  return undefined;
}

function show({ dead_letter: letter, audit }: Story, output: Output): void {
  const { paint, width } = output;
  const { id, status, system, model, record_id: record, reason, error } = letter;
  const what = model === null ? 'something that has no model' : `${model} ${record ?? ''}`.trim();
  output.print(
    `Dead letter ${paint('bold', id)} is ${paint(status === 'open' ? 'red' : 'green', status)}: ${what} of ${system}.`,
  );
  output.print(wrapped(`${reason}: ${error}`, width));
  output.print('');
  const line = (name: string, text: string): void => output.print(`  ${name.padEnd(14)} ${text}`);
  line('came by', `${letter.origin}${letter.origin_id === null ? '' : `, its id there is ${letter.origin_id}`}`);
  line(
    'failed',
    `${ago(letter.last_failed_at)}; first at ${toSecond(letter.first_failed_at)}; ${counted(letter.attempts, 'attempt')} in all`,
  );
  line('correlation', letter.correlation_id);
  line('key', letter.key_id ?? '–');
  if (letter.closed_at !== null) line('closed', toSecond(letter.closed_at));
  if (letter.event_id !== null) line('recorded as', `event ${letter.event_id}`);
  if (audit.length > 0) output.print('\nWhat happened to it');
  for (const { at, action, outcome, key_id: key, detail } of audit) {
    const why = typeof detail?.['reason'] === 'string' ? `: ${detail['reason']}` : '';
    output.print(`  ${toSecond(at)}  ${action}, ${outcome}${key === null ? '' : `, by ${key}`}${why}`);
  }
  output.print('\nIts body, without what is redacted');
  body(letter.raw ?? '').forEach((text) => output.print(`  ${text}`));
  if (status === 'open')
    output.print(`\n${paint('dim', `Mend the reason, then: bridgecore dead-letters replay ${id}`)}`);
}

function body(raw: string): string[] {
  const lines = pretty(raw).split('\n');
  if (lines.length <= MAX_BODY_LINES) return lines;
  return [...lines.slice(0, MAX_BODY_LINES), `… ${lines.length - MAX_BODY_LINES} lines more: see --json`];
}

/** JSON on several lines; what is none as it is. */
function pretty(raw: string): string {
  try {
    return safeJson(JSON.parse(raw), 2);
  } catch {
    return raw;
  }
}
