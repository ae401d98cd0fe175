import { parseArgs } from 'node:util';
import { isBehaviour, OK, type Behaviour } from './behaviour';
import { FakeReceiver } from './fake-receiver';

const EXIT_USAGE = 64;

const HELP = `Takes notifications as an application would: verifies each with the package "standardwebhooks". Prints
{"ready":true,"url":"…"} when it listens, and a line for each delivery before it answers that it has it, so that a
process that is killed has told all that it accepted.

  --port N            where to listen on loopback; a free port by default
  --secret WHSEC      what deliveries are signed with, one or several times; or FAKE_RECEIVER_SECRETS, by commas
  --behaviour JSON    {"kind":"ok"} by default; also status, redirect, slow, hang, trickle, drop, flood, mixture
  --seed N            of a mixture; 1 by default
  --help              this text

While it runs:
  GET  /__control/state        what came and what it did
  POST /__control/behaviour    {"kind":"status","status":429,"retryAfter":3}
  POST /__control/secrets      ["whsec_…"]
`;

const OPTIONS = {
  port: { type: 'string' },
  secret: { type: 'string', multiple: true },
  behaviour: { type: 'string' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { help, port, seed, behaviour, secret } = parseArgs({ options: OPTIONS, strict: true }).values;
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const secrets = secret ?? (process.env['FAKE_RECEIVER_SECRETS'] ?? '').split(',').filter((part) => part !== '');
  if (secrets.length === 0) throw new UsageError('--secret or FAKE_RECEIVER_SECRETS is needed');
  const at = port === undefined ? undefined : whole('port', port, 65_535);
  const receiver = new FakeReceiver({
    ...{ secrets: secrets.map(checkedSecret), behaviour: behaviourOf(behaviour) },
    seed: whole('seed', seed, 4_294_967_295),
    onAccepted: ({ id, timestamp, body }) => process.stdout.write(`${JSON.stringify({ id, timestamp, body })}\n`),
  });
  const url = await receiver.listen(at);
  const finish = (): void => {
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1)); // asked twice means now
    receiver.close().catch(fail);
  };
  process.once('SIGTERM', finish).once('SIGINT', finish);
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
}

class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It is not repeated: it is a secret, and on its way into a log. */
function checkedSecret(text: string): string {
  if (/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(text)) return text;
  throw new UsageError('--secret takes whsec_ and 24 to 64 bytes in base64');
}

function behaviourOf(text: string | undefined): Behaviour {
  if (text === undefined) return OK;
  try {
    const input: unknown = JSON.parse(text);
    if (isBehaviour(input)) return input;
  } catch {
    // told below
  }
  throw new UsageError(`--behaviour takes one as {"kind":"status","status":500}, not '${text}'`);
}

function whole(flag: string, text: string, to: number): number {
  if (/^\d+$/.test(text) && Number(text) <= to) return Number(text);
  throw new UsageError(`--${flag} takes a whole number up to ${to}, not '${text}'`);
}

function fail(error: unknown): void {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error); // of parseArgs
  if (isUsage) process.stderr.write(`fake-receiver: ${error.message} (see --help)\n`);
  else
    process.stderr.write(`fake-receiver: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = isUsage ? EXIT_USAGE : 1;
}

main().catch(fail);
