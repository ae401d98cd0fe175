import { createHash, randomBytes } from 'node:crypto';
import { parse } from '@bridgecore/contracts';
import { ApiKey, SCOPES } from '@bridgecore/gateway/settings';
import { InvalidArgumentError } from 'commander';
import { examples, Registrar, timeOrAgo } from '../command';
import { usageError } from '../cli-error';
import { Output } from '../output';
import { secondsIn } from '../text/time';
import { reEncryptCommand, secretKeyCommand } from './secret-key';
import { tokenKeyCommand } from './token-key';

interface Options {
  readonly id?: string;
  readonly name?: string;
  readonly scopes: string;
  readonly system?: string;
  readonly expires?: string;
  readonly plain?: boolean;
}

/** Makes keys. */
export function keysCommands({ program, act }: Registrar): void {
  const group = program
    .command('keys')
    .helpCommand(false)
    .summary('make keys: create, create-token-key, create-secret-key; re-encrypt')
    .description(
      'Makes keys: those that callers show, of which the gateway knows only the hashes, and those that it signs and encrypts with. Each is shown once.',
    )
    .addHelpText(
      'after',
      examples(['keys create --id paris-2026 --scopes ingest --system paris', 'what Paris pushes with']),
    );
  group
    .command('create')
    .description(
      'Makes a key: prints it once, and the entry with its hash for API_KEYS_FILE. Nothing is stored, and no gateway is asked.',
    )
    .requiredOption('--scopes <scopes>', `what it may do: ${SCOPES.join(', ')}, by commas`)
    .option('--id <id>', 'what it is called in logs and the audit')
    .option('--name <text>', 'for people')
    .option('--system <id>', 'the Odoo that it speaks for; a key that pushes needs one')
    .option('--expires <time>', 'refused from then on: 2027-01-31T00:00Z, or in so long: 90d', expiry)
    .option('--plain', 'print variables instead, for a gateway without API_KEYS_FILE')
    .addHelpText('after', examples(...EXAMPLES))
    .action(
      act<Options>(({ output }, options) => {
        create(options, output);
        return Promise.resolve(undefined);
      }),
    );
  tokenKeyCommand(group, act);
  secretKeyCommand(group, act);
  reEncryptCommand(group, act);
}

const EXAMPLES = [
  ['keys create --id paris-2026 --scopes ingest --system paris --expires 365d', 'what Paris pushes with, for a year'],
  ['keys create --id anna --scopes read,operate', "an operator's"],
  ['keys create --scopes ingest --plain >> .env', 'the push key of the one Odoo'],
] as const;

function create({ scopes: given, plain: isPlain = false, ...options }: Options, output: Output): void {
  const key = randomBytes(20).toString('hex');
  const scopes = [...new Set(given.split(',').map((scope) => scope.trim()))];
  if (isPlain) {
    printVariable(key, scopes, output);
    return;
  }
  const entry = entryOf(key, scopes, options);
  if (output.isJson) output.json({ key, entry });
  else {
    output.print(`The key, shown this once and stored nowhere:\n\n  ${output.paint('bold', key)}\n`);
    output.print(`Its entry for API_KEYS_FILE, under "keys":\n\n${readable(entry)}\n`);
    output.print('The gateway reads that file when it starts: restart it then.');
  }
}

/** As the file has it: a field a line. */
function readable(entry: object): string {
  const text = JSON.stringify(entry, null, 2).replace(/\[[^\]]*\]/, (list) => list.replace(/\s+/g, ' '));
  return text.replace(/^/gm, '  ');
}

function entryOf(
  key: string,
  scopes: readonly string[],
  { id, name, system, expires }: Omit<Options, 'scopes'>,
): object {
  if (id === undefined) throw usageError('Give the key an id: --id paris-2026.');
  if (scopes.includes('ingest') && system === undefined)
    throw usageError('A key that pushes must name its Odoo: --system paris.');
  const entry = {
    ...{ id, ...(name === undefined ? {} : { name }), sha256: createHash('sha256').update(key).digest('hex'), scopes },
    ...(system === undefined ? {} : { system }),
    ...(expires === undefined ? {} : { expires_at: expires }),
  };
  try {
    parse(ApiKey, entry);
  } catch (error) {
    throw usageError((error as Error).message);
  }
  return entry;
}

/** The variable of the gateway that takes a plain key with just these scopes. */
function printVariable(key: string, scopes: readonly string[], output: Output): void {
  const wanted = [...scopes].sort().join();
  const name = { ingest: 'WEBHOOK_PUSH_API_KEY', 'operate,read': 'OPERATOR_API_KEY' }[wanted];
  if (name === undefined)
    throw usageError('A plain key has the scopes ingest, or read,operate; others need API_KEYS_FILE.');
  if (output.isJson) output.json({ [name]: key });
  else output.print(`${name}=${key}`);
}

function expiry(text: string): string {
  const seconds = secondsIn(text);
  const time = seconds === undefined ? timeOrAgo(text) : new Date(Date.now() + seconds * 1_000).toISOString();
  if (Date.parse(time) > Date.now()) return time;
  throw new InvalidArgumentError('It is over already.');
}
