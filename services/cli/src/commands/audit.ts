import { Query } from '../api/api';
import { ListPage, PageOptions, pages } from '../api/pages';
import { AuditView } from '../api/shapes';
import { examples, recordId, Registrar, timeOrAgo, upTo } from '../command';
import { Context } from '../context';
import { joined, showList } from '../show-list';
import { Column } from '../text/table';
import { toSecond } from '../text/time';

interface Options extends PageOptions {
  readonly system?: string;
  readonly model?: string;
  readonly recordId?: string;
  readonly eventId?: string;
  readonly action?: string;
  readonly outcome?: string;
  readonly keyId?: string;
  readonly correlationId?: string;
  readonly since?: string;
  readonly until?: string;
}

type AuditPage = ListPage & { readonly audit: readonly AuditView[] };

/** Lists who did what. */
export function auditCommand({ program, act }: Registrar): void {
  program
    .command('audit')
    .summary('who did what, to what, and how it ended')
    .description('Lists the audit: the newest rows, with the newest last; or from --since on.')
    .option('--system <id>', 'about this Odoo')
    .option('--model <model>', 'about this model')
    .option('--record-id <id>', 'about the record with this id', recordId)
    .option('--event-id <id>', 'about this event')
    .option('--action <name>', 'of this action, as dead_letter.discarded')
    .option('--outcome <name>', 'with this outcome')
    .option('--key-id <id>', 'done with this key')
    .option('--correlation-id <id>', 'of one push, one pull or one request')
    .option('--since <time>', 'from then on: 2026-11-23T06:00Z, or 15m, 2h, 3d ago', timeOrAgo)
    .option('--until <time>', 'before then', timeOrAgo)
    .option('--limit <n>', 'so many', upTo(100_000), 20)
    .option('--all', 'all of them, oldest first; with --json one row a line')
    .addHelpText('after', examples(...EXAMPLES))
    .action(
      act<Options>(async (context, options) => {
        await list(context, options);
        return undefined;
      }),
    );
}

const EXAMPLES = [
  ['audit --model sale.order --record-id 42', 'all that was done about a record'],
  ['audit --since 1d --action dead_letter.discarded', 'what was discarded since yesterday, and by whom'],
  ['audit --correlation-id 0f8c…', 'what became of one push'],
] as const;

async function list(context: Context, options: Options): Promise<void> {
  const { all = false, since } = options;
  const isFromStart = all || since !== undefined;
  const query = { ...queryOf(options), ...(isFromStart ? {} : { order: 'desc' }) };
  const found = pages<AuditPage>(context.api(), '/api/v1/audit', query, options);
  const source = isFromStart ? (all ? found : joined(found, 'audit')) : newestLast(joined(found, 'audit'));
  const empty = 'The audit has no row like that.';
  const shown = { rows: (page: AuditPage) => page.audit, columns: COLUMNS, empty, isStream: all };
  await showList(source, context.output, shown);
}

function queryOf(options: Options): Query {
  const { recordId: record_id, eventId: event_id, keyId: key_id, correlationId: correlation_id, ...same } = options;
  const { system, model, action, outcome, since, until } = same;
  return { system, model, record_id, event_id, action, outcome, key_id, correlation_id, since, until };
}

async function* newestLast(source: AsyncIterable<AuditPage>): AsyncGenerator<AuditPage> {
  for await (const page of source) {
    const audit = [...page.audit].reverse();
    yield { audit, next_after: audit.at(-1)?.id ?? '0', has_more: false };
  }
}

const COLUMNS: readonly Column<AuditView>[] = [
  { head: 'AT', cell: ({ at }) => toSecond(at) },
  { head: 'ACTION', cell: ({ action }) => action, isLong: true },
  { head: 'OUTCOME', cell: ({ outcome }) => outcome },
  { head: 'ABOUT', cell: aboutWhat, isLong: true },
  { head: 'KEY', cell: ({ key_id: id }) => id ?? '–', isLong: true },
  { head: 'BY', cell: ({ service }) => service, isExtra: true },
  { head: 'ERROR', cell: ({ error }) => error ?? '', isLong: true, isExtra: true },
  { head: 'CORRELATION', cell: ({ correlation_id: id }) => id ?? '', isExtra: true },
];

function aboutWhat({ system, model, record_id: id, event_id: event }: AuditView): string {
  const record = model === null ? '' : `${model}${id === null ? '' : ` ${id}`}`;
  const parts = [record, event === null ? '' : `event ${event}`, system === null ? '' : `of ${system}`];
  return parts.filter((part) => part !== '').join(', ') || '–';
}
