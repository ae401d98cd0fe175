import { Command, Option } from 'commander';
import { ListPage, PageOptions, pages } from '../api/pages';
import { DeliveryView } from '../api/notify-shapes';
import { examples, Registrar, upTo } from '../command';
import { Context } from '../context';
import { joined, showList } from '../show-list';
import { Column } from '../text/table';
import { ago, dueIn } from '../text/time';
import { DELIVERIES, DeliveryFilter, queryOf, withFilter } from './delivery-filter';
import { replayAllCommand } from './delivery-replay';
import { about, showDelivery } from './delivery-story';

interface ListOptions extends DeliveryFilter, PageOptions {
  readonly state: string;
}

type DeliveryPage = ListPage & { readonly deliveries: readonly DeliveryView[] };

/** Works with what is sent to receivers. */
export function deliveryCommands({ program, act }: Registrar): void {
  const group = program
    .command('deliveries')
    .helpCommand(false)
    .summary('what is sent to receivers: list, show, replay, discard, replay-all')
    .description(
      'Works with deliveries: an event on its way to the receiver of a subscription. What was tried as often as it may be is dead, and kept until somebody replays or discards it.',
    )
    .addHelpText(
      'after',
      examples(['deliveries list', 'what is dead'], ['deliveries replay-all --subscription shop', 'send it again']),
    );
  listCommand(group, act);
  group
    .command('show')
    .argument('<id>', 'of a delivery')
    .description('Shows a delivery with what came of each try, and the beginning of the last answer.')
    .addHelpText('after', examples(['deliveries show 17', 'what does the receiver say?']))
    .action(act(showDelivery));
  group
    .command('replay')
    .argument('<id>', 'of a delivery')
    .description(
      'Sends a delivery again, with all its tries; also one that was delivered. Its webhook-id stays the same.',
    )
    .addHelpText('after', examples(['deliveries replay 17', 'the receiver is mended, or has lost it']))
    .action(act(replay));
  group
    .command('discard')
    .argument('<id>', 'of a delivery')
    .description('Gives a delivery up that waits or is dead.')
    .option('--reason <text>', 'why, for the audit')
    .addHelpText('after', examples(['deliveries discard 17 --reason "they know already"', 'nobody needs it']))
    .action(act<{ reason?: string }>(discard));
  replayAllCommand(withFilter(group.command('replay-all')), act);
}

function listCommand(group: Command, act: Registrar['act']): void {
  withFilter(group.command('list'))
    .description('Lists deliveries, the dead ones unless --state says otherwise: the newest, with the newest last.')
    .addOption(
      new Option('--state <state>', 'in this state')
        .choices(['waiting', 'delivered', 'dead', 'discarded', 'all'])
        .default('dead'),
    )
    .option('--limit <n>', 'so many', upTo(100_000), 100)
    .option('--all', 'all of them, oldest first; with --json one a line')
    .addHelpText(
      'after',
      examples(
        ['deliveries list', 'what is dead'],
        ['deliveries list --state waiting --subscription shop', 'what one receiver is still to get'],
        ['deliveries list --state all --event-id 26', 'who was told of an event'],
      ),
    )
    .action(act<ListOptions>(list));
}

async function list(context: Context, { state, ...options }: ListOptions): Promise<undefined> {
  const { all = false } = options;
  const filter = queryOf(options);
  const query = { ...filter, state: state === 'all' ? undefined : state, ...(all ? {} : { order: 'desc' }) };
  const found = pages<DeliveryPage>(context.api(), DELIVERIES, query, options);
  const source = all ? found : newestLast(joined(found, 'deliveries'));
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const empty = isFiltered ? noneLike(state) : (EMPTY[state] ?? '');
  const columns = state === 'all' ? COLUMNS : COLUMNS.filter(({ head }) => head !== 'STATE');
  const last = await showList(source, context.output, {
    ...{ rows: ({ deliveries }: DeliveryPage) => deliveries, columns, empty, isStream: all },
  });
  if (last?.has_more === true && !context.output.isJson)
    context.output.note('There are more: --all shows all, --limit more.');
  return undefined;
}

/** As a log has them. */
async function* newestLast(source: AsyncIterable<DeliveryPage>): AsyncGenerator<DeliveryPage> {
  for await (const page of source) yield { ...page, deliveries: [...page.deliveries].reverse() };
}

/** Who asked for those of one receiver and left out `--state` would think that nothing waits for it. */
function noneLike(state: string): string {
  if (state === 'all') return 'No delivery is like that.';
  return `No ${state} delivery is like that. In whatever state: --state all`;
}

const EMPTY: Readonly<Record<string, string>> = {
  waiting: 'No delivery waits.',
  delivered: 'Nothing has been delivered yet.',
  dead: 'No delivery is dead.',
  discarded: 'No delivery has been discarded.',
  all: 'There are no deliveries. Who is told of events: bridgecore subscriptions list',
};

const COLUMNS: readonly Column<DeliveryView>[] = [
  { head: 'ID', cell: ({ id }) => id, isNumber: true },
  { head: 'MADE', cell: ({ created_at: at }) => ago(at) },
  { head: 'STATE', cell: ({ state }) => state },
  { head: 'SUBSCRIPTION', cell: ({ subscription }) => subscription, isLong: true },
  { head: 'ABOUT', cell: about, isLong: true },
  { head: 'SYSTEM', cell: ({ system }) => system ?? '–', isLong: true, isExtra: true },
  { head: 'TRIES', cell: ({ attempts }) => String(attempts), isNumber: true },
  { head: 'STATUS', cell: ({ last_status: status }) => (status === null ? '–' : String(status)), isNumber: true },
  { head: 'ERROR', cell: ({ last_error: error }) => error ?? '', isLong: true },
  {
    head: 'NEXT TRY',
    cell: ({ state, next_attempt_at: at }) => (state === 'waiting' ? dueIn(at) : '–'),
    isExtra: true,
  },
];

async function replay(context: Context, _options: object, [id = '']: readonly string[]): Promise<undefined> {
  const answer = await context.api().post<DeliveryView>(`${DELIVERIES}/${encodeURIComponent(id)}/replay`);
  if (context.output.isJson) context.output.json(answer);
  else context.output.print(`Delivery ${id} is sent again. What comes of it: bridgecore deliveries show ${id}`);
  return undefined;
}

async function discard(
  context: Context,
  { reason }: { reason?: string },
  [id = '']: readonly string[],
): Promise<undefined> {
  const body = reason === undefined ? undefined : { reason };
  const answer = await context.api().post<DeliveryView>(`${DELIVERIES}/${encodeURIComponent(id)}/discard`, body);
  if (context.output.isJson) context.output.json(answer);
  else context.output.print(`Delivery ${id} is discarded: it is not sent any more.`);
  return undefined;
}
