import { randomBytes } from 'node:crypto';
import { loadSealingKeys } from '@bridgecore/runtime';
import { Command } from 'commander';
import { usageError } from '../cli-error';
import { examples, Registrar } from '../command';
import { Context } from '../context';
import { Output } from '../output';
import { counted } from '../text/prose';
import { newKid } from './token-key';

interface Options {
  readonly kid?: string;
  readonly set?: boolean;
}

/** Makes keys that secrets in the database are encrypted with. */
export function secretKeyCommand(group: Command, act: Registrar['act']): void {
  group
    .command('create-secret-key')
    .description(
      "Makes a key that subscriptions' secrets are encrypted with: prints once its entry for SECRET_KEYS_FILE, which is secret. Nothing is stored, and no gateway is asked.",
    )
    .option('--kid <id>', 'what it is called; by default the day and some random digits')
    .option('--set', 'print a whole new file with it')
    .addHelpText(
      'after',
      examples(
        ['keys create-secret-key --set > secret-keys.json', 'the first one, in a file for SECRET_KEYS_FILE'],
        ['keys create-secret-key', 'the next one, to be added to the others'],
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
  const entry = { kid, kty: 'oct', alg: 'A256GCM', k: randomBytes(32).toString('base64url') };
  if (!isGood(entry)) throw usageError('A kid is 1 to 64 letters, digits, _, . or -.');
  if (output.isJson) output.json(isSet ? { keys: [entry] } : entry);
  else if (isSet) output.print(JSON.stringify({ keys: [entry] }, null, 2));
  else {
    output.print('The entry for SECRET_KEYS_FILE, shown this once and stored nowhere. It is secret:\n');
    output.print(`${JSON.stringify(entry, null, 2).replace(/^/gm, '  ')}\n`);
    output.print('The first under "keys" encrypts, all decrypt. Gateways and workers have the same file. Put it last,');
    output.print('restart them all; put it first, restart the gateways and workers; bridgecore keys re-encrypt; then');
    output.print('take the old one away. Keep it safe: without it the secrets that it has encrypted are lost.');
  }
}

/** Whether the services would take it. */
function isGood(entry: object): boolean {
  try {
    loadSealingKeys({ SECRET_KEYS_FILE: '' }, () => JSON.stringify({ keys: [entry] }));
    return true;
  } catch {
    return false;
  }
}

interface ReEncrypted {
  readonly re_encrypted: number;
  readonly already: number;
  readonly key_id: string;
}

/** Has everything that an older key has encrypted encrypted by the present one. */
export function reEncryptCommand(group: Command, act: Registrar['act']): void {
  group
    .command('re-encrypt')
    .description(
      "Encrypts subscriptions' secrets anew with the gateway's present key, the first of its SECRET_KEYS_FILE. An older key may be taken away afterwards. The secrets themselves stay as they are.",
    )
    .addHelpText('after', examples(['keys re-encrypt', 'after another key was put first, everywhere']))
    .action(act(reEncrypt));
}

async function reEncrypt(context: Context): Promise<undefined> {
  const { output } = context;
  const answer = await context.api().post<ReEncrypted>('/api/v1/secrets/re-encrypt');
  const { re_encrypted: done, already, key_id: key } = answer;
  if (output.isJson) output.json(answer);
  else {
    output.print(
      `${counted(done, 'secret')} encrypted anew with the key ${output.paint('bold', key)}; ${already} had it already.`,
    );
    output.print(
      'Older keys may be taken out of SECRET_KEYS_FILE now, once every gateway and worker has that key first.',
    );
  }
  return undefined;
}
