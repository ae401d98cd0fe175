import { ConfigError, Environment, loadConfig, Variable, variablesOf } from '@bridgecore/runtime';
import { explained } from '../cli-error';
import { referencedSecrets, Service } from './services';

export type Source = 'environment' | 'file' | 'default';

/** A variable as a service has it with this environment. */
export interface EffectiveVariable {
  readonly name: string;
  /** Null when nothing holds. Of a secret only that it is set, or an address without its credentials. */
  readonly value: string | null;
  readonly source: Source | null;
  readonly secret: boolean;
  readonly problem: string | null;
}

/** All that a service is told. */
export interface EffectiveConfig {
  readonly service: string;
  readonly valid: boolean;
  readonly variables: readonly EffectiveVariable[];
  /** What is wrong beyond a single variable: in a file that one of them names, or between them. */
  readonly problems: readonly string[];
}

/** What a service would run with, also when it would refuse to. */
export function effectiveConfig(service: Service, env: Environment): EffectiveConfig {
  const variables = [...variablesOf(service.shapes), ...secretsOf(service, env)];
  const single = problemsIn(() => loadConfig(service.shapes, env)).filter(
    (problem) => !service.optional.some((name) => problem.startsWith(`${name} is not set`)),
  );
  const declared = single.length > 0 ? [] : problemsIn(() => service.assertDeclared(env));
  const problems = [...single, ...declared];
  const shown = variables.map((variable) => effective(variable, env, problems));
  const placed = new Set(shown.map(({ problem }) => problem));
  const others = problems.filter((problem) => !placed.has(problem));
  return { service: service.name, valid: problems.length === 0, variables: shown, problems: others };
}

/** Only the worker reads them; a system of a file may name any. */
function secretsOf({ name }: Service, env: Environment): Variable[] {
  if (name !== 'worker') return [];
  return referencedSecrets(env).map((secret) => ({ name: secret, isSecret: true, default: undefined }));
}

function problemsIn(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    const failure = explained(error);
    if (failure === undefined) throw error;
    return failure.message.split('\n');
  }
}

function effective(
  { name, isSecret, ...rest }: Variable,
  env: Environment,
  problems: readonly string[],
): EffectiveVariable {
  const given = env[name] || undefined;
  const file = isSecret ? env[`${name}_FILE`] || undefined : undefined;
  const source =
    file !== undefined ? 'file' : given !== undefined ? 'environment' : rest.default === undefined ? null : 'default';
  const value =
    file !== undefined
      ? `(hidden, in ${file})`
      : given === undefined
        ? (rest.default ?? null)
        : isSecret
          ? masked(given)
          : withoutCredentials(given);
  const problem = problems.find((text) => new RegExp(`^${name}(_FILE)? `).test(text)) ?? null;
  return { name, value, source, secret: isSecret, problem };
}

const isAddress = (text: string): boolean => /^[a-z]+:\/\//i.test(text) && URL.canParse(text);

/** An Odoo behind a proxy may have a password in its address, which is no secret otherwise. */
function withoutCredentials(value: string): string {
  if (!isAddress(value)) return value;
  const { username, password } = new URL(value);
  return username === '' && password === '' ? value : masked(value);
}

/** An address is worth seeing, without who may enter; anything else is not shown. */
function masked(secret: string): string {
  if (!isAddress(secret)) return '(hidden)';
  const { protocol, host, pathname, username, password } = new URL(secret);
  return `${protocol}//${username === '' && password === '' ? '' : '(hidden)@'}${host}${pathname}`;
}
