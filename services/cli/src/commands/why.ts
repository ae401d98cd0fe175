import { examples, recordId, Registrar } from '../command';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { askOdoos, odooFindings } from '../why/ask-odoo';
import { Finding, WhyView } from '../why/shapes';
import { isWell, showWhy } from '../why/show';

interface Options {
  readonly system?: string;
  readonly odoo: boolean;
  readonly all?: boolean;
}

/** Tells why a record's events have arrived, or have not. */
export function whyCommand({ program, act }: Registrar): void {
  program
    .command('why')
    .argument('<model>', 'as sale.order')
    .argument('<id>', 'of the record in Odoo', recordId)
    .summary("where a record's events are, and why one has not arrived")
    .description(
      'Tells the whole story of a record: whether its changes have arrived, how and when, or at which step one stands, and what to do. An Odoo that is declared in this environment is asked what it still holds; nothing is acknowledged. Ends with 0 when all that is known of is recorded and handed on, with 1 otherwise.',
    )
    .option('--system <id>', 'only in this Odoo')
    .option('--no-odoo', 'do not ask Odoo itself')
    .option('--all', 'tell all its events that there are (20 at most), not only the last three')
    .addHelpText(
      'after',
      examples(
        ['why sale.order 42', 'has it arrived?'],
        ['why sale.order 42 --system paris', 'in one Odoo'],
        ['why sale.order 42 --json | jq -r .verdict.code', 'from a script'],
      ),
    )
    .action(act<Options>(why));
}

async function why(context: Context, options: Options, [model = '', id = '']: readonly string[]): Promise<ExitCode> {
  const { output, env, world } = context;
  const { system, odoo: isOdooAsked, all = false } = options;
  output.status(`looking for ${model} ${id} …`);
  const asked = { model, recordId: Number(id), system };
  const [told, answers] = await Promise.all([
    context.api().get<WhyView>('/api/v1/why', { model, record_id: id, system }),
    isOdooAsked ? askOdoos(asked, env, world.interrupted) : [],
  ]);
  output.status('');
  const findings = merged(told.findings, odooFindings(answers, told));
  if (output.isJson) output.json({ ...told, findings, odoo: answers.map(jsonOf) });
  else showWhy(told, output.cleaned(findings), output, all);
  return isWell(told) ? EXIT.ok : EXIT.found;
}

/** What Odoo says comes behind what keeps events from arriving, and before the rest. */
function merged(findings: readonly Finding[], own: readonly Finding[]): Finding[] {
  const isError = ({ severity }: Finding): boolean => severity === 'error';
  return [...findings.filter(isError), ...own, ...findings.filter((finding) => !isError(finding))];
}

function jsonOf(answer: Awaited<ReturnType<typeof askOdoos>>[number]): object {
  const { system } = answer;
  if ('problem' in answer) return { system, held: null, newest_at: null, all_seen: false, problem: answer.problem };
  const { ids, newestAt, allSeen } = answer.held;
  return { system, held: ids, newest_at: newestAt, all_seen: allSeen, problem: null };
}
