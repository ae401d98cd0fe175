import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATIONS, PRIORITIES } from '@bridgecore/contracts';
import { Option } from 'commander';
import { Query } from '../api/api';
import { ListPage, PageOptions, pages } from '../api/pages';
import { EventView } from '../api/shapes';
import { examples, recordId, Registrar, timeOrAgo, upTo } from '../command';
import { explained } from '../cli-error';
import { Context } from '../context';
import { EXIT } from '../exit-codes';
import { joined, PrintRows, showList } from '../show-list';
import { Column } from '../text/table';
import { ago, toSecond } from '../text/time';

interface Options extends PageOptions {
  readonly model?: string;
  readonly recordId?: string;
  readonly system?: string;
  readonly operation?: string;
  readonly priority?: string;
  readonly since?: string;
  readonly until?: string;
  readonly after?: string;
  readonly follow?: boolean;
}

type EventPage = ListPage & { readonly events: readonly EventView[] };

const PATH = '/api/v1/events';
const PAUSE_MS = 1_000;

/** Lists what was recorded. */
export function eventsCommand({ program, act }: Registrar): void {
  program
    .command('events')
    .summary('list what was recorded')
    .description('Lists recorded events: the newest, with the newest last; or from --since or --after on.')
    .option('--model <model>', 'of this model, as sale.order')
    .option('--record-id <id>', 'of the record with this id', recordId)
    .option('--system <id>', 'of this Odoo')
    .addOption(new Option('--operation <name>', 'what Odoo says was done').choices(OPERATIONS))
    .addOption(new Option('--priority <name>', 'of this priority').choices(PRIORITIES))
    .option('--since <time>', 'that occurred then or later: 2026-11-23T06:00Z, or 15m, 2h, 3d ago', timeOrAgo)
    .option('--until <time>', 'that occurred before', timeOrAgo)
    .option('--after <id>', 'recorded after the event with this id')
    .option('--limit <n>', 'so many', upTo(100_000), 20)
    .option('--all', 'all of them, oldest first; with --json one event a line')
    .option('--follow', 'wait for new ones then, until Ctrl-C; with --json one event a line')
    .addHelpText('after', examples(...EXAMPLES))
    .action(
      act<Options>(async (context, options) => {
        const print = context.output.table(EVENT_COLUMNS);
        const last = await list(context, options, print);
        if (options.follow) await follow(context, options, print, last?.next_after ?? options.after ?? '0');
        return undefined;
      }),
    );
}

const EXAMPLES = [
  ['events', 'the newest 20'],
  ['events --model sale.order --record-id 42', "one record's"],
  ['events --since 2h --priority high --limit 200', 'what was critical in the last two hours'],
  ['events --follow', 'as they come'],
  ["events --all --json | jq -r '.model' | sort | uniq -c", 'how many of each model'],
] as const;

function queryOf({ recordId: record_id, ...options }: Options): Query {
  const { model, system, operation, priority, since, until, after } = options;
  return { model, record_id, system, operation, priority, since, until, after };
}

const eventsOf = ({ events }: EventPage): readonly EventView[] => events;

type Print = PrintRows<EventView>;

async function list(context: Context, options: Options, print: Print): Promise<EventPage | undefined> {
  const { all = false, since, after, follow: isFollowed = false } = options;
  const isFromStart = all || since !== undefined || after !== undefined;
  const query = { ...queryOf(options), ...(isFromStart ? {} : { order: 'desc' }) };
  const found = pages<EventPage>(context.api(), PATH, query, options);
  const isStream = all || isFollowed;
  const source = isFromStart ? (isStream ? found : joined(found, 'events')) : newestLast(joined(found, 'events'));
  const shown = { rows: eventsOf, columns: EVENT_COLUMNS, empty: emptyText(options), isStream, print };
  return showList(source, context.output, shown);
}

/** As a log has them. What comes after is what is newer than the newest. */
async function* newestLast(source: AsyncIterable<EventPage>): AsyncGenerator<EventPage> {
  for await (const page of source) {
    const events = [...page.events].reverse();
    yield { events, next_after: events.at(-1)?.id ?? '0', has_more: false };
  }
}

/** A pause of a gateway's ends nothing: what comes meanwhile is shown afterwards. */
async function follow(context: Context, options: Options, print: Print, from: string): Promise<void> {
  const { output, world } = context;
  const { since: _since, ...query } = queryOf(options);
  let after = from;
  let isAway = false;
  for (;;) {
    await sleep(PAUSE_MS, undefined, { signal: world.interrupted });
    try {
      for await (const page of pages<EventPage>(context.api(), PATH, { ...query, after }, { limit: 1, all: true })) {
        after = page.next_after;
        if (output.isJson) page.events.forEach((event) => output.jsonLine(event));
        else await print(page.events);
      }
      isAway = false;
    } catch (error) {
      const failure = explained(error);
      if (failure?.exitCode !== EXIT.unavailable) throw error;
      if (!isAway) output.note(`${failure.message} Trying again …`);
      isAway = true;
    }
  }
}

function emptyText(options: Options): string {
  const isFiltered = Object.values(queryOf(options)).some((value) => value !== undefined);
  if (!isFiltered) return 'Nothing has been recorded yet. `bridgecore doctor` pushes a test event.';
  const { model, recordId: id } = options;
  const hint =
    model !== undefined && id !== undefined ? ` \`bridgecore why ${model} ${id}\` looks for the reason.` : '';
  return `No recorded event is like that.${hint}`;
}

/** How an event came, in a word. */
export function cameBy({ pushed_at: pushed, pulled_at: pulled }: Pick<EventView, 'pushed_at' | 'pulled_at'>): string {
  if (pushed !== null && pulled !== null) return 'push+pull';
  return pushed !== null ? 'push' : pulled !== null ? 'pull' : '–';
}

/** How events are shown. */
export const EVENT_COLUMNS: readonly Column<EventView>[] = [
  { head: 'ID', cell: ({ id }) => id, isNumber: true },
  { head: 'RECEIVED', cell: ({ received_at: at }) => ago(at) },
  { head: 'SYSTEM', cell: ({ system }) => system, isLong: true },
  { head: 'RECORD', cell: ({ model, record_id: id }) => `${model} ${id}` },
  { head: 'OPERATION', cell: ({ operation }) => operation },
  { head: 'CAME BY', cell: cameBy },
  { head: 'PRIORITY', cell: ({ priority, is_test: isTest }) => `${priority}${isTest ? ', test' : ''}` },
  { head: 'NAME', cell: ({ data }) => nameOf(data), isLong: true, isExtra: true },
  { head: 'OCCURRED', cell: ({ occurred_at: at }) => toSecond(at), isExtra: true },
  { head: 'BY', cell: ({ user_name: name }) => name ?? '', isLong: true, isExtra: true },
];

function nameOf({ display_name: shown, name }: EventView['data']): string {
  return [shown, name].find((text): text is string => typeof text === 'string') ?? '';
}
