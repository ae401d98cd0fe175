import { SubscriptionView } from '../api/notify-shapes';
import { examples, Registrar } from '../command';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { counted } from '../text/prose';
import { Column } from '../text/table';
import { ago } from '../text/time';
import { filterInWords, pathOf, showSubscription, SUBSCRIPTIONS } from './subscription-story';
import { changeCommands } from './subscription-change';
import { secretCommands } from './subscription-secrets';
import { testCommand } from './subscription-test';

/** Works with those who are told of events. */
export function subscriptionCommands({ program, act }: Registrar): void {
  const group = program
    .command('subscriptions')
    .helpCommand(false)
    .summary('who is told of events: list, show, create, change, test, pause, …')
    .description(
      'Works with subscriptions: each has events sent to a receiver as they are recorded, signed as Standard Webhooks says.',
    )
    .addHelpText(
      'after',
      examples(
        ['subscriptions create shop --to https://shop.example.com/hooks --model sale.order', 'have orders sent'],
        ['subscriptions test shop', 'does the receiver take them?'],
      ),
    );
  group
    .command('list')
    .description('Lists the subscriptions, and how each stands.')
    .addHelpText('after', examples(['subscriptions list', 'is any paused, or failing?']))
    .action(act(list));
  group
    .command('show')
    .argument('<name>', 'of a subscription')
    .description('Shows what a subscription sends where, how it stands and which secrets it signs with.')
    .addHelpText('after', examples(['subscriptions show shop', 'why does nothing arrive there?']))
    .action(act(show));
  changeCommands(group, act);
  pauseCommands(group, act);
  testCommand(group, act);
  secretCommands(group, act);
}

function pauseCommands(group: Registrar['program'], act: Registrar['act']): void {
  group
    .command('pause')
    .argument('<name>', 'of a subscription')
    .description('Sends nothing more until it is resumed. What is to be sent goes on being kept.')
    .option('--reason <text>', 'why, for the audit')
    .addHelpText('after', examples(['subscriptions pause shop --reason "they move house"', 'while it is away']))
    .action(act<{ reason?: string }>((context, { reason }, [name = '']) => pause(context, name, reason)));
  group
    .command('resume')
    .argument('<name>', 'of a subscription')
    .description('Sends again, what has waited first; also what was paused by itself.')
    .addHelpText('after', examples(['subscriptions resume shop', 'the receiver is back']))
    .action(act((context, _options, [name = '']) => resume(context, name)));
}

async function list(context: Context): Promise<ExitCode> {
  const { output } = context;
  const found = await context.api().get<{ subscriptions: SubscriptionView[] }>(SUBSCRIPTIONS);
  if (output.isJson) output.json(found);
  else if (found.subscriptions.length > 0) await output.table(COLUMNS)(found.subscriptions);
  else output.print('Nobody is told of events yet. `bridgecore subscriptions create --help` shows how.');
  return EXIT.ok;
}

/** How a subscription stands, in a word or two. */
export function standing({ state, paused_by: by, open_until: until, failures }: SubscriptionView): string {
  if (state === 'paused') return by === null || by === 'operator' ? 'paused' : `paused (${by})`;
  if (until !== null && Date.parse(until) > Date.now()) return `fails, next try ${ago(until)}`;
  return failures > 0 ? 'fails' : state;
}

const COLUMNS: readonly Column<SubscriptionView>[] = [
  { head: 'NAME', cell: ({ name }) => name },
  { head: 'STATE', cell: standing },
  { head: 'WAITING', cell: ({ deliveries }) => String(deliveries.waiting), isNumber: true },
  { head: 'DEAD', cell: ({ deliveries }) => String(deliveries.dead), isNumber: true },
  { head: 'URL', cell: ({ url }) => url, isLong: true },
  { head: 'EVENTS', cell: ({ filter }) => filterInWords(filter), isLong: true },
  { head: 'FROM', cell: ({ origin }) => origin, isExtra: true },
];

async function show(context: Context, _options: object, [name = '']: readonly string[]): Promise<undefined> {
  const found = await context.api().get<SubscriptionView>(pathOf(name));
  if (context.output.isJson) context.output.json(found);
  else await showSubscription(found, context.output);
  return undefined;
}

async function pause(context: Context, name: string, reason: string | undefined): Promise<undefined> {
  const body = reason === undefined ? undefined : { reason };
  const paused = await context.api().post<SubscriptionView>(`${pathOf(name)}/pause`, body);
  if (context.output.isJson) context.output.json(paused);
  else
    context.output.print(
      `${name} is paused: what is to be sent is kept, until bridgecore subscriptions resume ${name}`,
    );
  return undefined;
}

async function resume(context: Context, name: string): Promise<undefined> {
  const resumed = await context.api().post<SubscriptionView>(`${pathOf(name)}/resume`);
  const { waiting, dead } = resumed.deliveries;
  const left =
    dead === 0
      ? ''
      : ` ${counted(dead, 'dead one stays', 'dead ones stay')} so: bridgecore deliveries replay-all --subscription ${name}`;
  if (context.output.isJson) context.output.json(resumed);
  else context.output.print(`${name} is sent to again; ${waiting} waiting.${left}`);
  return undefined;
}
