import { readFileSync } from 'node:fs';

const SECRETS = Symbol('secrets');

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the configuration; `main` prints it and exits with 78 (`EX_CONFIG`). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** A variable whose value is never shown, and which may come from a file named by `<NAME>_FILE`. */
export const Secret = (): PropertyDecorator => (target, property) => {
  Reflect.defineMetadata(SECRETS, [...secretsOf(target), String(property)], target);
};

/** The names of a configuration's secrets. */
export function secretsOf(target: object): readonly string[] {
  return (Reflect.getMetadata(SECRETS, target) as readonly string[] | undefined) ?? [];
}

/** What is set, and what is wrong with how it is set. */
export interface Given {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: ReadonlyMap<string, string>;
}

/** The environment without empty values (`PORT=` means unset, not 0) and with `<NAME>_FILE` read for every secret. */
export function readEnvironment(env: Environment, secrets: readonly string[]): Given {
  const isSet = (entry: [string, string | undefined]): entry is [string, string] => (entry[1] ?? '') !== '';
  const values = Object.fromEntries(Object.entries(env).filter(isSet));
  const problems = new Map<string, string>();
  for (const name of secrets) {
    try {
      const value = secretOf(name, env);
      if (value !== undefined) values[name] = value;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.set(name, error.problems.join('; '));
    }
  }
  return { values, problems };
}

/** A secret from its variable or from its file, which may end with a line feed; both at once is a mistake. */
function secretOf(name: string, env: Environment): string | undefined {
  const fileName = `${name}_FILE`;
  const path = env[fileName];
  if (!path) return env[name] || undefined;
  if (env[name]) throw new ConfigError([`${name} and ${fileName} are both set: only one may be`]);
  const value = readTextFile(path, fileName).trim();
  if (value === '') throw new ConfigError([`${fileName} names ${path}, which is empty`]);
  return value;
}

/** A file that the configuration names, in the variable `name` if there is one. */
export function readTextFile(path: string, name?: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const named = name === undefined ? path : `${name} names ${path}, which`;
    throw new ConfigError([`${named} cannot be read: ${(error as Error).message}`]);
  }
}
