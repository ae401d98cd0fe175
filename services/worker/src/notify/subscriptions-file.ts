import { IsOptional, IsString } from 'class-validator';
import { parse as parseYaml } from 'yaml';
import { BridgeError, isRecord, parseSubscription, SubscriptionSpec } from '@bridgecore/contracts';
import { MAX_SUBSCRIPTIONS } from '@bridgecore/database';
import { ConfigError, Environment, expandEnvironment, SealingConfig } from '@bridgecore/runtime';

/** Where subscriptions may be declared. */
export class SubscriptionsFileConfig {
  /** YAML or JSON: `subscriptions: [{name, url, filter, body, ordered, rate_per_minute, secrets}]`. */
  @IsOptional()
  @IsString()
  readonly SUBSCRIPTIONS_FILE?: string;
}

/** A subscription as the file declares it: what is sent must be signed. */
export type DeclaredSubscription = SubscriptionSpec & { readonly secrets: readonly string[] };

/**
 * The subscriptions that the file declares; undefined without a file, for then nobody says that there are none. In `url` and
 * `secrets` `${NAME}` stands for an environment variable. Throws `CONFIG_INVALID` with all that is wrong, each told with the
 * subscription that it is wrong with, and never with a part of a secret.
 */
export function subscriptionsOf(
  { SUBSCRIPTIONS_FILE: path, SECRET_KEYS_FILE: keys }: SubscriptionsFileConfig & SealingConfig,
  readText: (path: string, name?: string) => string,
  env?: Environment,
): DeclaredSubscription[] | undefined {
  if (path === undefined) return undefined;
  const items = itemsIn(readText(path, 'SUBSCRIPTIONS_FILE'), path);
  const problems: string[] = [];
  const read = items.flatMap((item, index) => {
    const { declared, problem } = readOne(item, env);
    if (problem !== undefined) problems.push(`${titleOf(item, index)} ${problem}`);
    return declared === undefined ? [] : [declared];
  });
  problems.push(...repeated(read));
  if (items.length > 0 && keys === undefined)
    problems.push('needs SECRET_KEYS_FILE, to keep the secrets of its subscriptions');
  if (problems.length > 0) throw misconfigured(path, problems);
  return read;
}

function itemsIn(text: string, path: string): unknown[] {
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw misconfigured(path, [`is neither JSON nor YAML: ${(error as Error).message}`]);
  }
  const items = isRecord(content) && Object.keys(content).length === 1 ? content['subscriptions'] : undefined;
  if (!Array.isArray(items)) throw misconfigured(path, ['must hold a list under "subscriptions", and nothing else']);
  if (items.length <= MAX_SUBSCRIPTIONS) return items;
  throw misconfigured(path, [`must hold at most ${MAX_SUBSCRIPTIONS} subscriptions; it has ${items.length}`]);
}

type Read = { readonly declared?: DeclaredSubscription; readonly problem?: string };

function readOne(item: unknown, env: Environment | undefined): Read {
  try {
    const spec = parseSubscription(expanded(item, env));
    const { secrets = [] } = spec;
    if (secrets.length > 0) return { declared: { ...spec, secrets } };
    return { problem: 'must have at least one of "secrets", as "${SHOP_SECRET}"' };
  } catch (error) {
    if (error instanceof ConfigError) return { problem: `names what is not there: ${error.problems.join('; ')}` };
    if (!(error instanceof BridgeError)) throw error;
    return { problem: `is wrong: ${error.message.replace(/\.$/, '')}` };
  }
}

/** Only texts hold variables; whatever else is there, the rules refuse. */
function expanded(item: unknown, env: Environment | undefined): unknown {
  if (!isRecord(item)) return item;
  const expand = (value: unknown): unknown => (typeof value === 'string' ? expandEnvironment(value, env) : value);
  const { url, secrets } = item;
  return {
    ...item,
    ...(url === undefined ? {} : { url: expand(url) }),
    ...(Array.isArray(secrets) ? { secrets: secrets.map(expand) } : {}),
  };
}

function repeated(read: readonly DeclaredSubscription[]): string[] {
  const names = read.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `subscription "${name}" is declared twice`);
}

function titleOf(item: unknown, index: number): string {
  const name = isRecord(item) ? item['name'] : undefined;
  return typeof name === 'string' ? `subscription ${JSON.stringify(name.slice(0, 63))}` : `subscription ${index + 1}`;
}

function misconfigured(path: string, problems: readonly string[]): BridgeError {
  return new BridgeError(
    'CONFIG_INVALID',
    problems.map((problem) => `SUBSCRIPTIONS_FILE ${path}${joint(problem)}${problem}.`).join('\n'),
  );
}

const joint = (problem: string): string => (problem.startsWith('subscription ') ? ': ' : ' ');
