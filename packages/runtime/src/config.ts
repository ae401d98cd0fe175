import { readFileSync } from 'node:fs';
import { ClassConstructor, plainToInstance, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsUrl, Max, Min, validateSync } from 'class-validator';
import { fieldErrors } from '@bridgecore/contracts';

const SECRETS = Symbol('secrets');
type Environment = Readonly<Record<string, string | undefined>>;

/** A variable whose value is never shown, and which may come from a file named by `<NAME>_FILE`. */
export const Secret = (): PropertyDecorator => (target, property) => {
  Reflect.defineMetadata(SECRETS, [...secretsOf(target), String(property)], target);
};

/** What every process needs to say what it does and to end in order. */
export class ProcessConfig {
  @IsIn(['error', 'warn', 'info', 'debug'])
  readonly LOG_LEVEL: string = 'info';

  /** `json` for machines, `pretty` for people; by default what the output is connected to. */
  @IsIn(['json', 'pretty'])
  readonly LOG_FORMAT: string = process.stdout.isTTY ? 'pretty' : 'json';

  /** Work in progress may take so long to end before the process does; below Kubernetes' grace period of 30 s. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly SHUTDOWN_TIMEOUT_SECONDS: number = 25;
}

/** Where the queues live. */
export class RedisConfig {
  @Secret()
  @IsUrl(
    { protocols: ['redis', 'rediss'], require_protocol: true, require_tld: false },
    { message: 'must be set, as in redis://127.0.0.1:6379' },
  )
  readonly REDIS_URL!: string;
}

/** Where a service without an API of its own serves health and metrics. */
export class HealthConfig {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly HEALTH_PORT: number = 8082;

  @IsOptional()
  readonly HEALTH_HOST: string = '0.0.0.0';
}

/** Everything that is wrong with the configuration; `main` prints it and exits with 78 (`EX_CONFIG`). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

type Merged<Shapes> = Shapes extends readonly [ClassConstructor<infer First>, ...infer Rest]
  ? First & Merged<Rest>
  : unknown;

/** Reads the environment once, at start, into one object of all the given shapes; names every bad variable at once. */
export function loadConfig<const Shapes extends readonly ClassConstructor<object>[]>(
  shapes: Shapes,
  env: Environment = process.env,
): Readonly<Merged<Shapes>> {
  const given = withFiles(shapes, env);
  const configs = shapes.map((Shape) => plainToInstance(Shape, { ...given }, { exposeDefaultValues: true }));
  const problems = configs.flatMap((config) =>
    fieldErrors(validateSync(config, { whitelist: true, stopAtFirstError: true })).map(({ field, message }) =>
      explain(field, message, given[field], secretsOf(config)),
    ),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(Object.assign({}, ...configs) as Merged<Shapes>);
}

/** The environment without empty values (`PORT=` means unset, not 0) and with `<NAME>_FILE` read for every secret. */
function withFiles(shapes: readonly ClassConstructor<object>[], env: Environment): Record<string, string> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const secrets = shapes.flatMap((Shape) => secretsOf(Shape.prototype as object));
  const read = secrets
    .filter((name) => given[`${name}_FILE`] !== undefined && given[name] === undefined)
    .map((name) => [name, readTextFile(String(given[`${name}_FILE`])).trim()]);
  return { ...given, ...Object.fromEntries(read) } as Record<string, string>;
}

/** A file that the configuration names. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`${path} cannot be read: ${(error as Error).message}`]);
  }
}

/** The text with every `${NAME}` replaced by that environment variable, which must be set. */
export function expandEnvironment(text: string, env: Environment = process.env): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (_, name: string) => {
    const file = env[`${name}_FILE`];
    const value = env[name] ?? (file ? readTextFile(file).trim() : undefined);
    if (value === undefined || value === '') throw new ConfigError([`${name} must be set`]);
    return value;
  });
}

function explain(name: string, rule: string, given: string | undefined, secrets: readonly string[]): string {
  if (given === undefined) return `${name} is not set: ${rule}`;
  const shown = secrets.includes(name) ? '(hidden)' : JSON.stringify(given);
  return `${name} is ${shown}: ${rule}`;
}

function secretsOf(target: object): readonly string[] {
  return (Reflect.getMetadata(SECRETS, target) as readonly string[] | undefined) ?? [];
}
