import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from './plan';

/** Read by `npm run bridgecore`, which is plain JavaScript: see `bin/lib/cli-env.mjs`. */
const FILE = 'cli.env';

type Environment = Readonly<Record<string, string>>;

/** What the user may have set for the hub in the terminal of `npm start`, and has not in another one. */
const OF_USER =
  /^((ODOO|NOTIFY)_\w+|(SYSTEMS|API_KEYS|TOKEN_KEYS|SECRET_KEYS|APP_TYPES|SUBSCRIPTIONS|DATA_SYNC)_FILE|(OPERATOR_API_KEY|WEBHOOK_PUSH_API_KEY|REDIS_URL|DATABASE_URL)(_FILE)?)$/;

/** What the command line is told so that it looks after this start; `env` is the user's, with our stores in it. */
export function cliEnvironment({ ports, settings }: Plan, env: Environment): Environment {
  const { LOG_FORMAT: _ofServices, ...given } = settings;
  const named = new Set(['SYSTEMS_FILE', 'SUBSCRIPTIONS_FILE'].flatMap((name) => secretsNamedIn(env[name])));
  const ofUser = Object.entries(env).filter(([name, value]) => {
    const isMeant = OF_USER.test(name) || named.has(name.replace(/_FILE$/, ''));
    return isMeant && value !== '' && !value.includes('\n');
  });
  return {
    ...Object.fromEntries(ofUser),
    ...given,
    BRIDGECORE_URL: `http://127.0.0.1:${ports.operator}`,
    BRIDGECORE_PUSH_URL: `http://127.0.0.1:${ports.gateway}`,
    PORT: String(ports.gateway),
    OPERATOR_PORT: String(ports.operator),
  };
}

/** The variables that a declaration of systems or subscriptions takes its secrets from. */
function secretsNamedIn(file: string | undefined): string[] {
  if (!file) return [];
  try {
    return [...readFileSync(file, 'utf8').matchAll(/\$\{([A-Z0-9_]+)\}/g)].flatMap(([, name]) => name ?? []);
  } catch {
    return []; // the services say what is wrong with it
  }
}

/** Only for the owner's eyes. `pid` tells a file of a start that runs from one that was left over. */
export function writeCliEnvironment(directory: string, variables: Environment, pid: number): void {
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
