import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { loadTokenKeys } from '@bridgecore/gateway/settings';
import { Command } from 'commander';
import { usageError } from '../cli-error';
import { examples, Registrar } from '../command';
import { Output } from '../output';

interface Options {
  readonly kid?: string;
  readonly set?: boolean;
}

/** Makes keys that tokens are signed with. */
export function tokenKeyCommand(group: Command, act: Registrar['act']): void {
  group
    .command('create-token-key')
    .description(
      "Makes a key that consumers' tokens are signed with: prints once its entry for TOKEN_KEYS_FILE, which is secret. Nothing is stored, and no gateway is asked.",
    )
    .option('--kid <id>', 'what it is called in tokens; by default the day and some random digits')
    .option('--set', 'print a whole new file with it')
    .addHelpText(
      'after',
      examples(
        ['keys create-token-key --set > token-keys.json', 'the first one, in a file for TOKEN_KEYS_FILE'],
        ['keys create-token-key', 'the next one, to put in front of the others'],
      ),
    )
    .action(
      act<Options>(({ output }, options) => {
        create(options, output);
        return Promise.resolve(undefined);
      }),
    );
}

function create({ kid = newKid(), set: isSet = false }: Options, output: Output): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const entry = { kid, alg: 'EdDSA', use: 'sig', ...privateKey.export({ format: 'jwk' }) };
  if (!isGood(entry)) throw usageError('A kid is 1 to 64 letters, digits, _, . or -.');
  if (output.isJson) output.json(isSet ? { keys: [entry] } : entry);
  else if (isSet) output.print(JSON.stringify({ keys: [entry] }, null, 2));
  else {
    output.print('The entry for TOKEN_KEYS_FILE, shown this once and stored nowhere. It is secret:\n');
    output.print(`${JSON.stringify(entry, null, 2).replace(/^/gm, '  ')}\n`);
    output.print(
      'Put it under "keys" in front of the others: the first one signs, all verify. With several gateways put it',
    );
    output.print('last first, until each was restarted. Take an old one away a day after it has signed last.');
  }
}

/** Whether the gateway would take it. */
function isGood(entry: object): boolean {
  try {
    loadTokenKeys({ TOKEN_KEYS_FILE: '' }, () => JSON.stringify({ keys: [entry] }));
    return true;
  } catch {
    return false;
  }
}

/** A name that nobody has thought of: the day, and some random digits. */
export function newKid(): string {
  return `${new Date().toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`;
}
