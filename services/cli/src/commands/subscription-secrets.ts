import { Command, InvalidArgumentError, Option } from 'commander';
import { examples, Registrar } from '../command';
import { Context } from '../context';
import { Output } from '../output';
import { inWords, secondsIn } from '../text/time';
import { readText } from './subscription-spec';
import { pathOf } from './subscription-story';

interface AddOptions {
  readonly secretFile?: string;
  readonly expireOthers: number;
}

/** Changes what a subscription signs with, without a pause. */
export function secretCommands(group: Command, act: Registrar['act']): void {
  group
    .command('add-secret')
    .argument('<name>', 'of a subscription')
    .description(
      'Adds a secret and prints it this once. Messages are signed with both, until the others expire: time to give the new one to the receiver.',
    )
    .option('--secret-file <path>', 'a file with a secret (whsec_…) of your own')
    .addOption(
      new Option('--expire-others <time>', 'the others hold for so long: 0s, 12h, 3d')
        .argParser(duration)
        .default(86_400, '1d'),
    )
    .addHelpText(
      'after',
      examples(
        ['subscriptions add-secret shop', 'a new one; the old one holds for a day'],
        ['subscriptions add-secret shop --expire-others 0s', 'the old one is known to somebody else'],
      ),
    )
    .action(act<AddOptions>(add));
  group
    .command('remove-secret')
    .argument('<name>', 'of a subscription')
    .argument('<id>', 'of a secret, as `subscriptions show` lists them')
    .description('Signs no more with a secret, from now on. The last one stays.')
    .addHelpText('after', examples(['subscriptions remove-secret shop 7', 'nobody verifies by it any more']))
    .action(act(remove));
}

async function add(
  context: Context,
  { secretFile, expireOthers }: AddOptions,
  [name = '']: readonly string[],
): Promise<undefined> {
  const secret = secretFile === undefined ? {} : { secret: readText(secretFile).trim() };
  const body = { ...secret, expire_others_in_seconds: expireOthers };
  const made = await context.api().post<{ id: string; secret?: string }>(`${pathOf(name)}/secrets`, body);
  const { output } = context;
  if (output.isJson) output.json(made);
  else {
    if (expireOthers === 0) output.print(`${name} is signed with its secret ${made.id} only, from now on.`);
    else
      output.print(`${name} is signed with its secret ${made.id} too. The others hold for ${inWords(expireOthers)}.`);
    if (made.secret !== undefined) printSecret(made.secret, output);
  }
  return undefined;
}

async function remove(context: Context, _options: object, [name = '', id = '']: readonly string[]): Promise<undefined> {
  const answer = await context.api().remove<object>(`${pathOf(name)}/secrets/${encodeURIComponent(id)}`);
  if (context.output.isJson) context.output.json(answer);
  else context.output.print(`${name} is no longer signed with its secret ${id}.`);
  return undefined;
}

/** Prints a secret this once, and what to do with it. */
export function printSecret(secret: string, output: Output): void {
  output.print('\nThe secret, shown this once. Give it to the receiver, and to nobody else:\n');
  output.print(`  ${output.paint('bold', secret)}\n`);
  output.print('It verifies each message by a library of Standard Webhooks (standardwebhooks.com), in JavaScript');
  output.print('`new Webhook(secret).verify(body, headers)`, with the body as it came, before it is read as JSON.');
}

/** So many seconds. */
function duration(text: string): number {
  const seconds = secondsIn(text);
  if (seconds !== undefined) return seconds;
  throw new InvalidArgumentError('It must be a time as 0s, 12h or 3d.');
}
