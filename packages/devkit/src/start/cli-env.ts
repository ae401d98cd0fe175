import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from './plan';

/** Read by `npm run bridgecore`, which is plain JavaScript: see `bin/lib/cli-env.mjs`. */
const FILE = 'cli.env';

/** What the command line is told so that it looks after this start. */
export function cliEnvironment(
  { ports, settings }: Plan,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { LOG_FORMAT: _ofServices, ...given } = settings;
  const stores = Object.fromEntries(
    ['REDIS_URL', 'DATABASE_URL'].flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  return {
    BRIDGECORE_URL: `http://127.0.0.1:${ports.operator}`,
    BRIDGECORE_PUSH_URL: `http://127.0.0.1:${ports.gateway}`,
    PORT: String(ports.gateway),
    OPERATOR_PORT: String(ports.operator),
    ...stores,
    ...given,
  };
}

/** Only for the owner's eyes. `pid` tells a file of a start that runs from one that was left over. */
export function writeCliEnvironment(directory: string, variables: Readonly<Record<string, string>>, pid: number): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const text = ['# What `npm run bridgecore` is told while this npm start runs.', `# pid ${pid}`, ...lines, ''].join(
    '\n',
  );
  rmSync(join(directory, FILE), { force: true }); // the mode holds for a file that is made
  writeFileSync(join(directory, FILE), text, { mode: 0o600 });
}

/** Nothing is there any more that it could look after. */
export function removeCliEnvironment(directory: string): void {
  rmSync(join(directory, FILE), { force: true });
}
