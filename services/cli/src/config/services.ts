import {
  appTypesOf,
  networksOf,
  NotifySettings,
  OdooSettings,
  OdooSystem,
  syncModelsOf,
  systemIdsOf,
  systemsOf,
} from '@bridgecore/contracts';
import { loadKeys, loadTokenKeys, SETTINGS as GATEWAY } from '@bridgecore/gateway/settings';
import {
  ConfigError,
  Environment,
  expandEnvironment,
  loadConfig,
  loadSealingKeys,
  readTextFile,
  SealingConfig,
} from '@bridgecore/runtime';
import { SETTINGS as SCHEDULER } from '@bridgecore/scheduler/settings';
import { SETTINGS as WORKER } from '@bridgecore/worker/settings';
import { ClassConstructor } from 'class-transformer';
import { explained } from '../cli-error';
import { SETTINGS as CLI } from '../settings';

/** A program of ours, by its settings. */
export interface Service {
  readonly name: string;
  readonly shapes: readonly ClassConstructor<object>[];
  /** Variables that it can do without, although their class says otherwise. */
  readonly optional: readonly string[];
  /** What is wrong with what those settings name: systems, files, keys. Throws it. */
  readonly assertDeclared: (env: Environment) => void;
}

/** Every program that reads an environment. */
export const SERVICES: readonly Service[] = [
  { name: 'gateway', shapes: GATEWAY, optional: [], assertDeclared: assertGateway },
  {
    name: 'scheduler',
    shapes: SCHEDULER,
    optional: [],
    assertDeclared: (env) => void systemsOf(loadConfig(SCHEDULER, env), readTextFile),
  },
  { name: 'worker', shapes: WORKER, optional: [], assertDeclared: assertWorker },
  { name: 'cli', shapes: CLI, optional: ['REDIS_URL', 'DATABASE_URL'], assertDeclared: assertOdoo },
];

function assertGateway(env: Environment): void {
  const config = loadConfig(GATEWAY, env);
  loadKeys(config, new Set(systemIdsOf(config, systemsOf(config, readTextFile))), readTextFile);
  loadTokenKeys(config, readTextFile);
  appTypesOf(config, readTextFile);
  assertNotify(env);
}

function assertWorker(env: Environment): void {
  const config = loadConfig(WORKER, env);
  const problems = systemsOf(config, readTextFile).flatMap((system) => secretProblems(system, env));
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const { DATA_SYNC_FILE: file } = config;
  syncModelsOf(file === undefined ? undefined : readTextFile(file, 'DATA_SYNC_FILE'), file);
  assertNotify(env);
}

/** What gateway and worker must agree on. */
function assertNotify(env: Environment): void {
  const config = loadConfig([SealingConfig, NotifySettings], env);
  loadSealingKeys(config, readTextFile);
  networksOf(config.NOTIFY_ALLOWED_NETWORKS, 'NOTIFY_ALLOWED_NETWORKS');
}

function assertOdoo(env: Environment): void {
  systemsOf(loadConfig([OdooSettings], env), readTextFile);
}

function secretProblems({ id, webhook_api_key, api_key }: OdooSystem, env: Environment): string[] {
  return [webhook_api_key, api_key ?? ''].flatMap((text) => {
    try {
      expandEnvironment(text, env);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map((problem) => `${problem} (for the system "${id}")`);
    }
  });
}

/** The variables that the declared systems name for their secrets; none when the declaration cannot be read. */
export function referencedSecrets(env: Environment): string[] {
  try {
    const systems = systemsOf(loadConfig([OdooSettings], env), readTextFile);
    const texts = systems.flatMap(({ webhook_api_key, api_key }) => [webhook_api_key, api_key ?? '']);
    return [
      ...new Set(texts.flatMap((text) => [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, name]) => name ?? ''))),
    ];
  } catch (error) {
    if (explained(error) === undefined) throw error;
    return [];
  }
}
