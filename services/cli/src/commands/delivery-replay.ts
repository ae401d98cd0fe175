import { Command } from 'commander';
import { examples, Registrar } from '../command';
import { usageError } from '../cli-error';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { counted } from '../text/prose';
import { DELIVERIES, DeliveryFilter, queryOf } from './delivery-filter';

interface Options extends DeliveryFilter {
  readonly all?: boolean;
  readonly yes?: boolean;
}

interface Answer {
  readonly count: number;
}

/** Sends many again. */
export function replayAllCommand(command: Command, act: Registrar['act']): void {
  command
    .description('Sends dead deliveries again, with all their tries. It says how many they are, and asks.')
    .option('--all', 'all that are dead')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples(
        ['deliveries replay-all --subscription shop', 'all of one receiver'],
        ['deliveries replay-all --all --yes', 'all, from a script'],
      ),
    )
    .action(act<Options>(replayAll));
}

async function replayAll(context: Context, options: Options): Promise<ExitCode> {
  const { all = false, yes = false } = options;
  const filter = filterOf(options);
  if (Object.keys(filter).length === 0 && !all)
    throw usageError('Say which: --subscription, --system, --model, --record-id, --event-id; or --all.');
  const { output } = context;
  const api = context.api();
  const path = `${DELIVERIES}/replay`;
  const { count } = await api.post<Answer>(path, { filter, dry_run: true });
  if (count === 0) {
    if (output.isJson) output.json({ count });
    else output.print('No dead delivery is like that.');
    return EXIT.ok;
  }
  const question = `${counted(count, 'dead delivery', 'dead deliveries')} would be sent again. Do it?`;
  if (!yes && !(await context.confirm(question, '--yes'))) {
    output.note('Nothing was done.');
    return EXIT.found;
  }
  const answer = await api.post<Answer>(path, { filter, dry_run: false });
  if (output.isJson) output.json(answer);
  else
    output.print(
      `${counted(answer.count, 'delivery is', 'deliveries are')} sent again. Those that fail again are dead again: bridgecore deliveries list`,
    );
  return EXIT.ok;
}

function filterOf(options: DeliveryFilter): object {
  const { record_id: record, ...rest } = queryOf(options);
  const given = { ...rest, record_id: record === undefined ? undefined : Number(record) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
