import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { BODIES, conditionProblem, isRecord, JsonRecord, OPERATIONS, PRIORITIES } from '@bridgecore/contracts';
import { expandEnvironment } from '@bridgecore/runtime';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { upTo } from '../command';
import { usageError } from '../cli-error';
import { World } from '../context';

/** What can be said of a subscription by options. */
export interface SpecOptions {
  /** The receiver's address; `--url` is the gateway's. */
  readonly to?: string;
  readonly url?: string;
  readonly system?: readonly string[];
  readonly model?: readonly string[];
  readonly operation?: readonly string[];
  readonly priority?: readonly string[];
  readonly condition?: JsonRecord;
  readonly tests?: boolean;
  readonly body?: string;
  readonly ordered?: boolean;
  readonly rate?: number | 'none';
  readonly fromFile?: string;
}

const MAX_PER_MINUTE = 600_000;

/** The options that say where and what; `given` when a command has some of its own already. */
export function withSpec(command: Command): Command {
  return command
    .option('--to <url>', 'where it is sent to')
    .option('--system <ids>', 'events of these Odoos; several by commas, or one --system each', several)
    .option('--model <models>', 'of these models', several)
    .option('--operation <names>', `of these: ${OPERATIONS.join(', ')}`, several)
    .option('--priority <names>', `of these: ${PRIORITIES.join(', ')}`, several)
    .option('--condition <json>', 'whose data is like that: {"amount_total": {"$gte": 1000}}', condition)
    .option('--tests', "events of Odoo's configuration test too")
    .addOption(
      new Option('--body <which>', 'the event as recorded, or with its changed fields only').choices([...BODIES]),
    )
    .option('--ordered', 'those of one record one after the other')
    .option('--rate <per-minute>', 'at most so many a minute', rate)
    .option('--from-file <path>', 'take all that from a YAML or JSON file; - is standard input');
}

/** What was given, as the gateway takes it: a file first, and options over it. */
export async function specOf(options: SpecOptions, world: Pick<World, 'stdin' | 'env'>): Promise<JsonRecord> {
  refuseMistakenUrl(options);
  const { to: url, body, ordered, rate: given, fromFile } = options;
  const file = fromFile === undefined ? {} : await readSpec(fromFile, world);
  const filter = filterOf(options);
  const settings = { url, body, ordered, rate_per_minute: given === 'none' ? null : given };
  const before = isRecord(file['filter']) ? file['filter'] : {};
  const isFiltered = Object.keys(filter).length > 0;
  return { ...file, ...defined(settings), ...(isFiltered ? { filter: { ...before, ...filter } } : {}) };
}

/** Who says by `--url` where to send would have the operator's key sent there. */
function refuseMistakenUrl({ url, to }: SpecOptions): void {
  if (url === undefined || to !== undefined || !URL.canParse(url) || new URL(url).pathname === '/') return;
  throw usageError(`--url is where the gateway is, and ${url} looks like a receiver: that is said by --to.`);
}

/** The part of the options that is the filter. */
function filterOf(options: SpecOptions): JsonRecord {
  const {
    system: systems,
    model: models,
    operation: operations,
    priority: priorities,
    condition: data,
    tests,
  } = options;
  return defined({ systems, models, operations, priorities, condition: data, tests });
}

function defined(values: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

async function readSpec(path: string, { stdin, env }: Pick<World, 'stdin' | 'env'>): Promise<JsonRecord> {
  const read: unknown = parsed(path === '-' ? await text(stdin) : readText(path), path);
  const subscriptions = isRecord(read) ? read['subscriptions'] : undefined;
  const [first] = Array.isArray(subscriptions) ? (subscriptions as unknown[]) : [];
  if (Array.isArray(subscriptions) && subscriptions.length !== 1)
    throw usageError(`${path} declares ${subscriptions.length} subscriptions; this takes one at a time.`);
  const spec = first ?? read;
  if (isRecord(spec)) return withSecrets(spec, env);
  throw usageError(`${path} must hold an object with url, filter and so on.`);
}

/** As in SUBSCRIPTIONS_FILE `${NAME}` stands for a variable; throws when it is not set. */
function withSecrets(spec: JsonRecord, env: World['env']): JsonRecord {
  const { secrets } = spec;
  if (!Array.isArray(secrets)) return spec;
  const items = secrets as unknown[];
  return { ...spec, secrets: items.map((one) => (typeof one === 'string' ? expandEnvironment(one, env) : one)) };
}

/** The text of a file; throws that it is called wrongly when there is none. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}.`);
  }
}

function parsed(content: string, path: string): unknown {
  try {
    return parseYaml(content, { maxAliasCount: 0 }) as unknown;
  } catch {
    throw usageError(`${path} is neither YAML nor JSON.`);
  }
}

/** A list by commas, or an option several times. */
export function several(given: string, before: readonly string[] = []): string[] {
  const parts = given.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('It must be one, or several by commas.');
  return [...before, ...parts];
}

function condition(given: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch {
    throw new InvalidArgumentError('It must be JSON, as {"amount_total": {"$gte": 1000}}.');
  }
  const problem = conditionProblem(value);
  if (problem !== null) throw new InvalidArgumentError(`It ${problem}.`);
  return value as JsonRecord;
}

function rate(given: string): number | 'none' {
  return given === 'none' ? 'none' : upTo(MAX_PER_MINUTE)(given);
}
