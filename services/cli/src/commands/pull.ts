import { setTimeout as sleep } from 'node:timers/promises';
import { JobView } from '../api/shapes';
import { Api } from '../api/api';
import { examples, Registrar, upTo } from '../command';
import { CliError } from '../cli-error';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { counted, listed } from '../text/prose';
import { took } from '../text/time';

interface Options {
  readonly wait: boolean;
  readonly timeout: number;
}

interface Asked {
  readonly job_id: string;
  readonly queue: string;
  readonly state: 'queued' | 'already_under_way';
  readonly request_id: string;
}

const POLL_MS = 300;

const WHAT = {
  pull: {
    summary: 'pull one Odoo now',
    text: 'Has an Odoo pulled now, without waiting for the next tick, and says what it brought.',
  },
  sweep: {
    summary: 'look for late commits of one Odoo now',
    text: 'Has an Odoo swept now: looks at all that it still holds unacknowledged, behind the cursor too, and says what was found.',
  },
} as const;

/** Has a system pulled or swept. */
export function pullCommands({ program, act }: Registrar): void {
  for (const kind of ['pull', 'sweep'] as const) {
    program
      .command(kind)
      .argument('<system>', 'the id of an Odoo; `bridgecore systems` lists them')
      .summary(WHAT[kind].summary)
      .description(WHAT[kind].text)
      .option('--no-wait', 'do not wait for its end')
      .option('--timeout <seconds>', 'wait for so long', upTo(3_600), 310)
      .addHelpText(
        'after',
        examples([`${kind} paris`, 'and wait for its end'], [`${kind} paris --no-wait --json`, 'from a script']),
      )
      .action(act<Options>((context, options, [system = '']) => ask(context, kind, system, options)));
  }
}

async function ask(
  context: Context,
  kind: 'pull' | 'sweep',
  system: string,
  { wait, timeout }: Options,
): Promise<ExitCode> {
  const { output, world } = context;
  const api = context.api();
  const asked = await api.post<Asked>(`/api/v1/systems/${encodeURIComponent(system)}/${kind}`);
  const isOthers = asked.state === 'already_under_way';
  if (!wait) {
    if (output.isJson) output.json(asked);
    else
      output.print(`${isOthers ? 'A run of it waits or is under way already' : 'It is queued'}: job ${asked.job_id}.`);
    return EXIT.ok;
  }
  if (isOthers && !output.isJson) output.note(`A run of ${system} is under way already; waiting for that one.`);
  const job = await end(api, asked, {
    seconds: timeout,
    signal: world.interrupted,
    told: (text) => output.status(text),
  });
  output.status('');
  if (output.isJson) output.json({ ...asked, ...job });
  else output.print(inWords(kind, system, job));
  return job.state === 'failed' || isLeft(job.result?.['outcome']) ? EXIT.found : EXIT.ok;
}

interface Wait {
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly told: (text: string) => void;
}

/** The job when it has ended. */
async function end(api: Api, { queue, job_id: id }: Asked, { seconds, signal, told }: Wait): Promise<JobView> {
  const startedAt = Date.now();
  for (;;) {
    const job = await api.get<JobView>(`/api/v1/jobs/${queue}/${encodeURIComponent(id)}`);
    if (job.state === 'done' || job.state === 'failed') return job;
    const waited = (Date.now() - startedAt) / 1_000;
    if (waited > seconds) {
      const hint =
        job.state === 'active'
          ? 'It goes on: wait longer with --timeout. `bridgecore systems` shows how far it is.'
          : 'It is done when its turn comes. Do workers run? See `bridgecore doctor`.';
      throw new CliError(EXIT.unavailable, 'STILL_RUNNING', `The job ${id} is ${job.state} after ${seconds} s.`, {
        hint,
      });
    }
    told(`${job.state}, for ${Math.round(waited)} s …`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function inWords(
  kind: 'pull' | 'sweep',
  system: string,
  { state, result, error, started_at: from, ended_at: to }: JobView,
): string {
  if (state === 'failed') return `The ${kind} of ${system} has failed: ${error ?? 'it gave no reason'}`;
  const time = from === null || to === null ? '' : ` in ${took(Date.parse(to) - Date.parse(from))}`;
  if (result === null)
    return `The ${kind} of ${system} has ended${time}. A worker of a former version has done it, and does not say what came of it${kind === 'sweep' ? '; it does not sweep when it is asked to' : ''}.`;
  const { outcome, reason, sweep } = result;
  if (isLeft(outcome))
    return `The ${kind} of ${system} was ${outcome}: ${typeof reason === 'string' ? reason : 'no reason given'}.`;
  const swept = isCounts(sweep) ? ` The sweep of what is behind: ${whatCame(sweep)}.` : '';
  return `${kind === 'pull' ? 'Pulled' : 'Pulled and swept'} ${system}${time}: ${whatCame(result)}.${swept}`;
}

/** It was not done to its end: somebody else does it, or Odoo is not asked now. */
function isLeft(outcome: unknown): outcome is 'skipped' | 'stopped' {
  return outcome === 'skipped' || outcome === 'stopped';
}

type Counts = Readonly<Record<string, unknown>>;

function isCounts(value: unknown): value is Counts {
  return typeof value === 'object' && value !== null;
}

const KINDS: readonly (readonly [name: string, words: string])[] = [
  ['recorded', 'recorded'],
  ['joined', 'joined with their pushes'],
  ['repeat', 'known already'],
  ['dead', 'made dead letters'],
  ['unacknowledged', 'that Odoo did not let us acknowledge'],
];

function whatCame(counts: Counts): string {
  const events = Number(counts['events'] ?? 0);
  if (events === 0) return 'nothing new';
  const parts = KINDS.filter(([name]) => Number(counts[name] ?? 0) > 0).map(
    ([name, words]) => `${String(counts[name])} ${words}`,
  );
  return `${counted(events, 'event')} in ${counted(Number(counts['pages'] ?? 1), 'page')}: ${listed(parts)}`;
}
