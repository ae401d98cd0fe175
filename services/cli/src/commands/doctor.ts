import { readTextFile } from '@bridgecore/runtime';
import { examples, Registrar } from '../command';
import { Context } from '../context';
import { Checked, Mark, runCheck } from '../doctor/check';
import { doctorChecks } from '../doctor/checks';
import { EXIT, ExitCode } from '../exit-codes';
import { Output, Style } from '../output';
import { counted, wrapped } from '../text/prose';

/** Looks at everything. */
export function doctorCommand({ program, act }: Registrar): void {
  program
    .command('doctor')
    .summary('is everything all right? If not, what to do')
    .description(
      'Looks at everything, a line each: the configuration of each service with this environment, Redis, PostgreSQL, each Odoo, the gateway, the scheduler, the workers, who is told of events, and a test event that is pushed to the gateway and looked for in the database. What cannot be looked at from here is skipped. Ends with 1 when something is wrong (✗).',
    )
    .option('--no-push', 'push no test event')
    .option('--push-key-file <path>', 'a file with the key to push with, instead of WEBHOOK_PUSH_API_KEY')
    .addHelpText(
      'after',
      examples(
        ['doctor', 'look at everything'],
        ['doctor --no-push', 'change nothing'],
        [`doctor --json | jq -r '.checks[] | select(.mark == "failed") | .id'`, 'for a script'],
      ),
    )
    .action(act<DoctorFlags>(doctor));
}

interface DoctorFlags {
  readonly push: boolean;
  /** With several Odoos no service may have WEBHOOK_PUSH_API_KEY, and the environment here is theirs. */
  readonly pushKeyFile?: string;
}

async function doctor(context: Context, { push: isPushed, pushKeyFile }: DoctorFlags): Promise<ExitCode> {
  const { output, env, world } = context;
  const isPublicSideKnown = Boolean(env['BRIDGECORE_PUSH_URL']) || !(env['BRIDGECORE_URL'] || context.options.url);
  const pushKey =
    pushKeyFile === undefined ? {} : { WEBHOOK_PUSH_API_KEY: readTextFile(pushKeyFile, '--push-key-file').trim() };
  const config = { ...context.config(), ...pushKey };
  const checks = doctorChecks({ env, config, isPushed, isPublicSideKnown, interrupted: world.interrupted });
  const width = Math.max(...checks.map(({ title }) => title.length));
  const under = new Set(checks.map(({ title }) => title));
  const running = checks.map(async (check) => {
    const found = output.cleaned(await runCheck(check, world.interrupted));
    under.delete(check.title);
    return found;
  });
  const telling = setInterval(() => output.status(`looking at ${[...under].join(', ')} …`), 150);
  try {
    const found: Checked[] = [];
    for (const one of running) {
      const checked = await one; // side by side, and told in order
      world.interrupted.throwIfAborted();
      found.push(checked);
      output.status('');
      if (!output.isJson) tell(checked, width, output);
    }
    return conclude(found, output);
  } finally {
    clearInterval(telling);
  }
}

const MARKS: Readonly<Record<Mark, readonly [sign: string, style: Style]>> = {
  ok: ['✓', 'green'],
  warning: ['!', 'yellow'],
  failed: ['✗', 'red'],
  skipped: ['–', 'dim'],
};

function tell({ mark, title, text, hint, more = [] }: Checked, titleWidth: number, output: Output): void {
  const { paint, width } = output;
  const [sign, style] = MARKS[mark];
  const indent = ' '.repeat(titleWidth + 4);
  const said = wrapped(text, width, indent);
  output.print(`${paint(style, sign)} ${title.padEnd(titleWidth)}  ${mark === 'skipped' ? paint('dim', said) : said}`);
  for (const line of more) output.print(`${indent}${wrapped(line, width, indent)}`);
  if (hint !== undefined) output.print(`${indent}${paint('cyan', '→')} ${wrapped(hint, width, `${indent}  `)}`);
}

function conclude(found: readonly Checked[], output: Output): ExitCode {
  const count = (mark: Mark): number => found.filter((one) => one.mark === mark).length;
  const [problems, warnings, left] = [count('failed'), count('warning'), count('skipped')];
  const isWell = problems === 0;
  if (output.isJson) output.json({ ok: isWell, checks: found.map(jsonOf) });
  else {
    const rest = [
      ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
      ...(left > 0 ? [`${left} not looked at`] : []),
    ];
    const verdict = isWell
      ? output.paint('green', 'All is well.')
      : output.paint('red', `${counted(problems, 'problem')}.`);
    output.print(`\n${verdict}${rest.length === 0 ? '' : ` ${rest.join(', ')}.`}`);
  }
  return isWell ? EXIT.ok : EXIT.found;
}

function jsonOf({ id, title, mark, text, hint, more = [], tookMs }: Checked): object {
  return { id, title, mark, text, details: more, hint: hint ?? null, took_ms: tookMs };
}
