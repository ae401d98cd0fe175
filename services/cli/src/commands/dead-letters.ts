import { Command, Option } from 'commander';
import { ListPage, PageOptions, pages } from '../api/pages';
import { DeadLetterView } from '../api/shapes';
import { examples, recordId, Registrar, upTo } from '../command';
import { usageError } from '../cli-error';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { joined, showList } from '../show-list';
import { counted } from '../text/prose';
import { Column } from '../text/table';
import { ago } from '../text/time';
import { showDeadLetter } from './dead-letter-story';

interface Filter {
  readonly system?: string;
  readonly model?: string;
  readonly reason?: string;
}

interface ListOptions extends Filter, PageOptions {
  readonly status: string;
  readonly recordId?: string;
}

interface ReplayOptions extends Filter {
  readonly all?: boolean;
  readonly yes?: boolean;
}

type LetterPage = ListPage & { readonly dead_letters: readonly DeadLetterView[]; readonly open: number };
type BulkAnswer = { readonly count: number; readonly request_id: string };

const PATH = '/api/v1/dead-letters';

/** Works with what could not be recorded. */
export function deadLetterCommands({ program, act }: Registrar): void {
  const group = program
    .command('dead-letters')
    .helpCommand(false)
    .summary('what could not be recorded: list, show, replay, discard')
    .description(
      'Works with what could not be recorded. It is kept with its body and the reason, until somebody replays or discards it.',
    )
    .addHelpText('after', examples(['dead-letters list', 'what is open'], ['dead-letters replay 17', 'try it again']));
  listCommand(group, act);
  group
    .command('show')
    .argument('<id>', 'of a dead letter')
    .description('Shows a dead letter with its body, and what was done about it.')
    .addHelpText('after', examples(['dead-letters show 17', 'why it was not recorded, and what it holds']))
    .action(act(showDeadLetter));
  replayCommand(group, act);
  group
    .command('discard')
    .argument('<id>', 'of a dead letter')
    .description('Closes a dead letter for good. Its body stays until its retention ends.')
    .option('--reason <text>', 'why, for the audit')
    .addHelpText('after', examples(['dead-letters discard 17 --reason "a test of ours"', 'nobody needs it']))
    .action(act<{ reason?: string }>(discard));
}

function listCommand(group: Command, act: Registrar['act']): void {
  withFilter(group.command('list'))
    .description('Lists dead letters, oldest first, without their bodies.')
    .option('--record-id <id>', 'of the record with this id', recordId)
    .addOption(
      new Option('--status <status>', 'in this state')
        .choices(['open', 'replayed', 'discarded', 'all'])
        .default('open'),
    )
    .option('--limit <n>', 'so many at most', upTo(100_000), 100)
    .option('--all', 'all of them; with --json one a line')
    .addHelpText(
      'after',
      examples(
        ['dead-letters list', 'what is open'],
        ['dead-letters list --reason 22P05 --status all', 'by the reason'],
      ),
    )
    .action(act<ListOptions>(list));
}

function replayCommand(group: Command, act: Registrar['act']): void {
  withFilter(group.command('replay'))
    .argument('[id]', 'of a dead letter; or say by --system, --model and --reason which, or --all')
    .description(
      'Has dead letters tried again, once the reason is mended. Several at once: it says how many they are, and asks.',
    )
    .option('--all', 'all that are open')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples(
        ['dead-letters replay 17', 'one'],
        ['dead-letters replay --reason 22P05', 'all with this reason'],
        ['dead-letters replay --all --yes', 'all, from a script'],
      ),
    )
    .action(act<ReplayOptions>(replay));
}

function withFilter(command: Command): Command {
  return command
    .option('--system <id>', 'of this Odoo')
    .option('--model <model>', 'of this model')
    .option('--reason <code>', 'with this reason, as EVENT_INVALID or 22P05');
}

async function list(context: Context, { recordId: record_id, status, ...options }: ListOptions): Promise<undefined> {
  const { system, model, reason, all = false } = options;
  const query = { system, model, reason, record_id, status: status === 'all' ? undefined : status };
  const found = pages<LetterPage>(context.api(), PATH, query, options);
  const source = all ? found : joined(found, 'dead_letters');
  const isFiltered = [system, model, reason, record_id].some((value) => value !== undefined);
  const empty = isFiltered ? 'No dead letter is like that.' : EMPTY[status];
  const columns = status === 'all' ? COLUMNS : COLUMNS.filter(({ head }) => head !== 'STATUS');
  const shown = { rows: lettersOf, columns, empty: empty ?? '', isStream: all };
  const last = await showList(source, context.output, shown);
  if (last?.has_more === true && !context.output.isJson) {
    context.output.note(`There are more: ${last.open} are open like that. --all shows all, --limit more.`);
  }
  return undefined;
}

const lettersOf = ({ dead_letters: letters }: LetterPage): readonly DeadLetterView[] => letters;

const EMPTY: Readonly<Record<string, string>> = {
  open: 'No dead letters are open.',
  replayed: 'No dead letter has been replayed.',
  discarded: 'No dead letter has been discarded.',
  all: 'There are no dead letters.',
};

const COLUMNS: readonly Column<DeadLetterView>[] = [
  { head: 'ID', cell: ({ id }) => id, isNumber: true },
  { head: 'FAILED', cell: ({ last_failed_at: at }) => ago(at) },
  { head: 'STATUS', cell: ({ status }) => status, isExtra: true },
  { head: 'SYSTEM', cell: ({ system }) => system, isLong: true },
  { head: 'RECORD', cell: ({ model, record_id: id }) => (model === null ? '–' : `${model} ${id ?? ''}`), isLong: true },
  { head: 'REASON', cell: ({ reason }) => reason },
  { head: 'TRIES', cell: ({ attempts }) => String(attempts), isNumber: true },
  { head: 'ERROR', cell: ({ error }) => error, isLong: true },
];

async function replay(context: Context, options: ReplayOptions, [id]: readonly string[]): Promise<ExitCode> {
  const { system, model, reason, all = false } = options;
  const filter = Object.fromEntries(
    Object.entries({ system, model, reason }).filter(([, value]) => value !== undefined),
  );
  const isFiltered = Object.keys(filter).length > 0;
  if (id !== undefined) {
    if (isFiltered || all) throw usageError('Give the id of one dead letter, or say which by options, not both.');
    return replayOne(context, id);
  }
  if (!isFiltered && !all) throw usageError('Say which: an id; --system, --model, --reason; or --all.');
  return replayMany(context, filter, options);
}

async function replayOne(context: Context, id: string): Promise<ExitCode> {
  const answer = await context.api().post<BulkAnswer>(`${PATH}/${encodeURIComponent(id)}/replay`);
  if (context.output.isJson) context.output.json(answer);
  else context.output.print(`Dead letter ${id} is tried again, behind what is live. ${seeLater(id)}`);
  return EXIT.ok;
}

async function replayMany(context: Context, filter: object, { yes = false }: ReplayOptions): Promise<ExitCode> {
  const { output } = context;
  const api = context.api();
  const { count } = await api.post<BulkAnswer>(`${PATH}/replay`, { filter, dry_run: true });
  if (count === 0) {
    if (output.isJson) output.json({ count });
    else output.print('No open dead letter is like that.');
    return EXIT.ok;
  }
  const question = `${counted(count, 'open dead letter')} would be tried again. Do it?`;
  if (!yes && !(await context.confirm(question, '--yes'))) {
    output.note('Nothing was done.');
    return EXIT.found;
  }
  const answer = await api.post<BulkAnswer>(`${PATH}/replay`, { filter, dry_run: false });
  if (output.isJson) output.json(answer);
  else
    output.print(
      `${counted(answer.count, 'dead letter is', 'dead letters are')} tried again, behind what is live. ${seeLater()}`,
    );
  return EXIT.ok;
}

function seeLater(id?: string): string {
  const command = id === undefined ? 'list' : `show ${id}`;
  return `Those that fail again stay open: bridgecore dead-letters ${command}`;
}

async function discard(
  context: Context,
  { reason }: { reason?: string },
  [id = '']: readonly string[],
): Promise<undefined> {
  const body = reason === undefined ? undefined : { reason };
  const answer = await context.api().post<object>(`${PATH}/${encodeURIComponent(id)}/discard`, body);
  if (context.output.isJson) context.output.json(answer);
  else context.output.print(`Dead letter ${id} is discarded.`);
  return undefined;
}
