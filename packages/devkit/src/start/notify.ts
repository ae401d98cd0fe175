import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from './keys';
import type { Declaration } from './simulated';

/** A receiver that is tried out, on the developer's machine. */
const RECEIVER_PORT = 9_000;
const LOOPBACK = '127.0.0.0/8,::1';

/**
 * Keys for tokens and for subscriptions' secrets, and leave to send to this machine; `isSet` tells what the user has said. A file of
 * keys that is there is left as it is: somebody may have tried a rotation.
 */
export function declareNotify(kept: Kept, directory: string, isSet: (name: string) => boolean): Declaration {
  const keys = [
    { name: 'TOKEN_KEYS_FILE', path: join(directory, 'token-keys.json'), content: { keys: [kept.token] } },
    { name: 'SECRET_KEYS_FILE', path: join(directory, 'secret-keys.json'), content: { keys: [kept.sealing] } },
  ].filter(({ name }) => !isSet(name));
  const networks = isSet('NOTIFY_ALLOWED_NETWORKS') ? {} : { NOTIFY_ALLOWED_NETWORKS: LOOPBACK };
  return {
    settings: { ...Object.fromEntries(keys.map(({ name, path }) => [name, path])), ...networks },
    files: [
      ...keys.filter(({ path }) => !existsSync(path)).map(({ path, content }) => ({ path, content })),
      { path: secretFile(directory), content: kept.receiver },
    ],
  };
}

/** How to try a subscription: what for, and what to type in another terminal. */
export function notifyCommands(settings: Declaration['settings'], directory: string): [string, string][] {
  if (settings.NOTIFY_ALLOWED_NETWORKS === undefined) return []; // it may be that nothing is sent to this machine
  const cli = 'npm run --silent bridgecore -- subscriptions';
  const receiver = 'node packages/devkit/dist/src/fake-receiver/main.js';
  return [
    [
      'Be told of events: a receiver that verifies and shows them, in a terminal of its own',
      `  ${receiver} --port ${RECEIVER_PORT} --secret "$(cat ${secretFile(directory)})"`,
    ],
    [
      'Subscribe it, and send it a test',
      [
        `  ${cli} create try --to http://127.0.0.1:${RECEIVER_PORT}/webhooks --secret-file ${secretFile(directory)}`,
        `  ${cli} test try`,
      ].join('\n'),
    ],
  ];
}

function secretFile(directory: string): string {
  return join(directory, 'receiver-secret');
}
