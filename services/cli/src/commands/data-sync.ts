import { CONFLICT_POLICIES } from '@bridgecore/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SyncView } from '../api/shapes';
import { examples, Registrar, upTo } from '../command';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { Column } from '../text/table';
import { ago } from '../text/time';
import { showSync } from './data-sync-report';
import { followSync } from './data-sync-progress';

interface StartOptions {
  readonly filters?: unknown;
  readonly bidirectional?: boolean;
  readonly conflicts?: string;
  readonly dryRun?: boolean;
  readonly full?: boolean;
  readonly userId?: string;
  readonly wait?: boolean;
}

const PATH = '/api/v1/data-sync';

/** Copies records between two Odoos. */
export function dataSyncCommands({ program, act }: Registrar): void {
  const group = program
    .command('data-sync')
    .helpCommand(false)
    .summary('copy records from one Odoo to another: start, status')
    .description('Copies records of a model from one Odoo to another, and back if you like.')
    .addHelpText(
      'after',
      examples(
        ['data-sync start paris lyon res.partner --dry-run', 'what would happen?'],
        ['data-sync status', 'the last runs'],
      ),
    );
  startCommand(group, act);
  group
    .command('status')
    .argument('[id]', 'of a run; without one the last runs are listed')
    .description('Shows the last runs, or one with its result.')
    .option('--wait', 'wait for its end')
    .option('--limit <n>', 'so many runs', upTo(1_000), 20)
    .addHelpText(
      'after',
      examples(['data-sync status', 'the last runs'], ['data-sync status 0f8c… --wait', 'one, to its end']),
    )
    .action(
      act<{ wait?: boolean; limit: number }>((context, { wait = false, limit }, [id]) =>
        id === undefined ? list(context, limit) : status(context, id, wait),
      ),
    );
}

function startCommand(group: Command, act: Registrar['act']): void {
  group
    .command('start')
    .argument('<source>', 'the id of the Odoo that is read')
    .argument('<target>', 'the id of the Odoo that is written')
    .argument('<model>', 'as res.partner')
    .summary('copy what has changed from one Odoo to another')
    .description(
      'Starts a data sync. In a terminal it waits for its end, and shows how far it is. Ends with 1 when the sync, or a record of it, has failed.',
    )
    .option('--filters <domain>', 'which records, as [["is_company","=",true]]', jsonText)
    .option('--bidirectional', 'then the other way round')
    .addOption(new Option('--conflicts <policy>', 'who wins where both sides have changed').choices(CONFLICT_POLICIES))
    .option('--dry-run', 'say what would happen to each record, and write nothing')
    .option('--full', 'read everything, not only what was written since the last run')
    .option('--user-id <who>', 'whose wish it is, for the audit')
    .option('--wait', 'wait for its end, also where there is no terminal')
    .option('--no-wait', 'do not wait')
    .addHelpText('after', examples(...STARTS))
    .action(
      act<StartOptions>((context, options, [source, target, model]) =>
        start(context, options, { source, target, model }),
      ),
    );
}

const STARTS = [
  ['data-sync start paris lyon res.partner --dry-run', 'what would happen?'],
  [`data-sync start paris lyon res.partner --filters '[["is_company","=",true]]'`, 'only companies'],
  ['data-sync start paris lyon product.template --wait --json', 'from a script'],
] as const;

interface Wish {
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly model: string | undefined;
}

async function start(
  context: Context,
  { dryRun, userId, wait, ...options }: StartOptions,
  wish: Wish,
): Promise<ExitCode> {
  const { filters, bidirectional, conflicts, full } = options;
  const { output } = context;
  const body = {
    ...{ source_system_id: wish.source, target_system_id: wish.target, model: wish.model },
    ...{ filters, bidirectional, conflicts, full, dry_run: dryRun, user_id: userId }, // JSON leaves out what is undefined
  };
  const asked = await context.api().post<{ job_id: string }>(PATH, body);
  const { job_id: id } = asked;
  if (wait ?? output.isTerminal) return status(context, id, true);
  if (output.isJson) output.json(asked);
  else output.print(`It is queued. See how it gets on: bridgecore data-sync status ${id}`);
  return EXIT.ok;
}

async function status(context: Context, id: string, isAwaited: boolean): Promise<ExitCode> {
  const { output } = context;
  const api = context.api();
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const run = isAwaited ? await followSync(context, id, () => api.get<SyncView>(path)) : await api.get<SyncView>(path);
  if (output.isJson) output.json(run);
  else await showSync(run, output);
  const failures = (run.result?.failed ?? 0) + (run.result?.reverse?.failed ?? 0);
  return run.state === 'failed' || failures > 0 ? EXIT.found : EXIT.ok;
}

async function list(context: Context, limit: number): Promise<ExitCode> {
  const { output } = context;
  const found = await context.api().get<{ runs: SyncView[] }>(PATH, { limit });
  if (output.isJson) output.json(found);
  else if (found.runs.length === 0) output.print('No data sync has been run yet.');
  else await output.table(COLUMNS)(found.runs);
  return EXIT.ok;
}

const COLUMNS: readonly Column<SyncView>[] = [
  { head: 'ID', cell: ({ job_id: id }) => id },
  { head: 'ASKED', cell: ({ requested_at: at }) => ago(at) },
  { head: 'STATE', cell: ({ state, dry_run: isDry }) => `${state}${isDry ? ', dry' : ''}` },
  {
    head: 'WHAT',
    cell: ({ model, source_system_id: from, target_system_id: to }) => `${model}, ${from} → ${to}`,
    isLong: true,
  },
  {
    head: 'DONE',
    cell: ({ progress }) => (progress === null ? '–' : `${progress.done} of ${progress.total}`),
    isExtra: true,
  },
];

function jsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`It must be an Odoo domain in JSON, as [["is_company","=",true]].`);
  }
}
