import { ClassConstructor, plainToInstance, Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, IsUrl, Matches, Max, Min, validateSync } from 'class-validator';
import { fieldErrors } from '@bridgecore/contracts';
import { ConfigError, Environment, Given, readEnvironment, Secret, secretsOf } from './environment';

/** What every process needs to say what it does and to end in order. */
export class ProcessConfig {
  @IsIn(['error', 'warn', 'info', 'debug'])
  readonly LOG_LEVEL: string = 'info';

  /** `json` for machines, `pretty` for people; by default what the output is connected to. */
  @IsIn(['json', 'pretty'])
  readonly LOG_FORMAT: string = process.stdout.isTTY ? 'pretty' : 'json';

  /** What logs and metrics name as the version; an image brings its own. */
  @IsOptional()
  @Matches(/^[\w.+-]{1,64}$/, { message: 'must be at most 64 letters, digits, ., +, - or _' })
  readonly BRIDGECORE_VERSION?: string;

  /** Work in progress may take so long to end before the process does; below Kubernetes' grace period of 30 s. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly SHUTDOWN_TIMEOUT_SECONDS: number = 25;
}

/** Where the queues live. */
export class RedisConfig {
  @Secret()
  @IsUrl(
    // Compose calls hosts after services and containers, which may have an underscore.
    { protocols: ['redis', 'rediss'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: 'must be a URL as in redis://127.0.0.1:6379' },
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

  @IsString()
  @IsNotEmpty()
  readonly HEALTH_HOST: string = '0.0.0.0';

  /** Work that waits for so long with nothing in its way fails liveness; longer than the longest pause of 30 s. */
  @Type(() => Number)
  @IsInt()
  @Min(40)
  @Max(86_400)
  readonly WATCHDOG_SECONDS: number = 60;
}

type Merged<Shapes> = Shapes extends readonly [ClassConstructor<infer First>, ...infer Rest]
  ? First & Merged<Rest>
  : unknown;

/** Reads the environment once, at start, into one object of all the given shapes; names every bad variable at once. */
export function loadConfig<const Shapes extends readonly ClassConstructor<object>[]>(
  shapes: Shapes,
  env: Environment = process.env,
): Readonly<Merged<Shapes>> {
  const secrets = shapes.flatMap((Shape) => secretsOf(Shape.prototype as object));
  const given = readEnvironment(env, secrets);
  const configs = shapes.map((Shape) => plainToInstance(Shape, { ...given.values }, { exposeDefaultValues: true }));
  const problems = [...given.problems.values(), ...configs.flatMap((config) => problemsOf(config, given, secrets))];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(Object.assign({}, ...configs) as Merged<Shapes>);
}

/** A line for each variable at fault, with every rule that it breaks: together they say what is allowed. */
function problemsOf(config: object, { values, problems }: Given, secrets: readonly string[]): string[] {
  const broken = new Map<string, string[]>();
  for (const { field, message } of fieldErrors(validateSync(config, { whitelist: true }))) {
    broken.set(field, [message, ...(broken.get(field) ?? [])]); // decorators are met from the last to the first
  }
  return [...broken]
    .filter(([name]) => !problems.has(name)) // that its file cannot be read says it all
    .map(([name, rules]) => explain(name, rules.join(', '), values[name], secrets));
}

function explain(name: string, rule: string, given: string | undefined, secrets: readonly string[]): string {
  if (given === undefined) return `${name} is not set: ${rule}`;
  const shown = secrets.includes(name) ? '(hidden)' : JSON.stringify(given);
  return `${name} is ${shown}: ${rule}`;
}

/** The text with every `${NAME}` replaced by that variable or by what is in its file; names all that are missing. */
export function expandEnvironment(text: string, env: Environment = process.env): string {
  const problems: string[] = [];
  const expanded = text.replace(/\$\{([A-Z0-9_]+)\}/g, (_, name: string) => {
    const { values, problems: found } = readEnvironment(env, [name]);
    if (values[name] === undefined) problems.push(found.get(name) ?? `${name} must be set`);
    return values[name] ?? '';
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return expanded;
}
