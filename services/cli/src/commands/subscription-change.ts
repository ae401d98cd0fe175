import { isRecord } from '@bridgecore/contracts';
import { Command } from 'commander';
import { SubscriptionView } from '../api/notify-shapes';
import { examples, Registrar } from '../command';
import { usageError } from '../cli-error';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { counted } from '../text/prose';
import { readText, SpecOptions, specOf, withSpec } from './subscription-spec';
import { printSecret } from './subscription-secrets';
import { pathOf, showSubscription, SUBSCRIPTIONS } from './subscription-story';

interface CreateOptions extends SpecOptions {
  readonly secretFile?: string;
}

interface ChangeOptions extends SpecOptions {
  readonly allEvents?: boolean;
}

/** Makes, changes and removes subscriptions. */
export function changeCommands(group: Command, act: Registrar['act']): void {
  withSpec(group.command('create'))
    .argument('[name]', 'what it is called, in lower case; a file may have it')
    .description(
      'Has events sent to a receiver from now on. Makes a secret that they are signed with, unless you give one, and prints it this once.',
    )
    .option('--secret-file <path>', 'a file with a secret (whsec_…) of your own')
    .addHelpText('after', examples(...CREATIONS))
    .action(act<CreateOptions>(create));
  withSpec(group.command('change'))
    .argument('<name>', 'of a subscription')
    .description(
      'Changes what you name; the rest stays, parts of the filter too. It holds for events that are recorded from then on; what waits already is sent to the new address.',
    )
    .option('--no-ordered', 'in any order')
    .option('--no-tests', "no events of Odoo's configuration test")
    .option('--all-events', 'forget the filter first')
    .addHelpText('after', examples(...CHANGES))
    .action(act<ChangeOptions>(change));
  group
    .command('remove')
    .argument('<name>', 'of a subscription')
    .description('Ends a subscription for good. What still waits is not sent any more: it says how much, and asks.')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples(['subscriptions remove shop', 'nobody listens there any more']))
    .action(act<{ yes?: boolean }>(remove));
}

const CREATIONS = [
  ['subscriptions create shop --to https://shop.example.com/hooks --model sale.order', 'orders'],
  [
    `subscriptions create big --to https://example.com/hooks --model sale.order --condition '{"amount_total": {"$gte": 1000}}'`,
    'only large ones',
  ],
  ['subscriptions create --from-file shop.yaml --json | jq -r .secret', 'from a script'],
] as const;

const CHANGES = [
  ['subscriptions change shop --model sale.order,res.partner', 'partners too'],
  ['subscriptions change shop --rate none', 'as fast as the receiver takes them'],
  ['subscriptions change shop --all-events --system paris', 'everything of one Odoo'],
] as const;

async function create(context: Context, options: CreateOptions, [name]: readonly string[]): Promise<undefined> {
  const { output, world } = context;
  const given = options.secretFile;
  const spec = {
    ...(await specOf(options, world)),
    ...(name === undefined ? {} : { name }),
    ...(given === undefined ? {} : { secrets: [readText(given).trim()] }),
  };
  if (!('name' in spec)) throw usageError('Give it a name: bridgecore subscriptions create shop …');
  if (!('url' in spec)) throw usageError('Say where it is sent: --to https://shop.example.com/hooks');
  const made = await context.api().post<SubscriptionView>(SUBSCRIPTIONS, spec);
  if (output.isJson) output.json(made);
  else {
    await showSubscription(made, output);
    if (made.secret !== undefined) printSecret(made.secret, output);
    output.print(`\nTry it: bridgecore subscriptions test ${made.name}`);
  }
  return undefined;
}

async function change(context: Context, options: ChangeOptions, [name = '']: readonly string[]): Promise<undefined> {
  const { allEvents = false } = options;
  const wanted = await specOf(options, context.world);
  const { name: _same, secrets: _kept, ...changes } = wanted;
  const given = isRecord(changes['filter']) ? changes['filter'] : undefined;
  if (Object.keys(changes).length === 0 && !allEvents) throw usageError('Say what to change: see --help.');
  const api = context.api();
  const isWhole = allEvents || options.fromFile !== undefined;
  const before = isWhole || given === undefined ? {} : (await api.get<SubscriptionView>(pathOf(name))).filter;
  const filter = given === undefined && !allEvents ? {} : { filter: { ...before, ...given } };
  const changed = await api.patch<SubscriptionView>(pathOf(name), { ...changes, ...filter });
  if (context.output.isJson) context.output.json(changed);
  else await showSubscription(changed, context.output);
  return undefined;
}

interface Removed {
  readonly removed: boolean;
  readonly discarded: number;
}

async function remove(
  context: Context,
  { yes = false }: { yes?: boolean },
  [name = '']: readonly string[],
): Promise<ExitCode> {
  const { output } = context;
  const api = context.api();
  if (!yes) {
    const { deliveries } = await api.get<SubscriptionView>(pathOf(name));
    const lost = deliveries.waiting === 0 ? 'Nothing waits.' : `${deliveries.waiting} waiting will not be sent.`;
    if (!(await context.confirm(`${name} would be removed for good. ${lost} Do it?`, '--yes'))) {
      output.note('Nothing was done.');
      return EXIT.found;
    }
  }
  const answer = await api.remove<Removed>(pathOf(name));
  const { discarded } = answer;
  if (output.isJson) output.json(answer);
  else output.print(`${name} is removed; ${counted(discarded, 'waiting delivery', 'waiting deliveries')} discarded.`);
  return EXIT.ok;
}
