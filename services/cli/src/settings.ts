import { OdooSettings } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { RedisConfig } from '@bridgecore/runtime';
import { CliConfig } from './config';

/** Everything that the command line can be told by its environment; each command needs only some of it. */
export const SETTINGS = [RedisConfig, DatabaseConfig, OdooSettings, CliConfig] as const;
