import { SyncError, SyncResult, SyncView } from '../api/shapes';
import { Output } from '../output';
import { counted, listed } from '../text/prose';
import { Column } from '../text/table';

/** Says what came of a sync, and which records failed. */
export async function showSync(run: SyncView, output: Output): Promise<void> {
  const { state, source_system_id: from, target_system_id: to, result, error, dry_run: isDry = false, progress } = run;
  const about = `${run.model} from ${from} to ${to}${isDry ? ' (a dry run)' : ''}`;
  output.print(`The sync of ${about} ${HOW[state]}.`);
  if (error !== null) output.print(`${output.paint('red', '✗')} ${error}`);
  if (progress !== null && state === 'running')
    output.print(`${progress.done} of ${counted(progress.total, 'record')} done.`);
  if (result === null || result === undefined || (state === 'failed' && result.total === 0)) return;
  output.print(`${from} → ${to}: ${inWords(result, isDry)}`);
  if (result.reverse !== undefined) output.print(`${to} → ${from}: ${inWords(result.reverse, isDry)}`);
  const errors = [...result.errors, ...(result.reverse?.errors ?? [])];
  if (errors.length === 0) return;
  output.print('');
  await output.table(COLUMNS)(errors);
}

const HOW: Readonly<Record<SyncView['state'], string>> = {
  waiting: 'waits for a worker',
  running: 'is under way',
  done: 'is done',
  failed: 'has failed',
};

const DONE = ['created', 'updated', 'skipped', 'failed'] as const;

function inWords(result: SyncResult, isDry: boolean): string {
  if (result.total === 0) return 'nothing to do.';
  const would = isDry ? ' would be' : '';
  const counts = DONE.map((name, index) => `${result[name]}${index === 0 ? would : ''} ${name}`);
  const conflicts = result.conflicts === 0 ? '' : `; ${counted(result.conflicts, 'conflict')}`;
  return `${listed(counts)}, of ${counted(result.total, 'record')}${conflicts}.`;
}

const COLUMNS: readonly Column<SyncError>[] = [
  { head: 'RECORD', cell: ({ model, record_id: id }) => `${model} ${id}` },
  { head: 'CODE', cell: ({ code }) => code ?? '–' },
  { head: 'ERROR', cell: ({ message }) => message ?? '', isLong: true },
];
