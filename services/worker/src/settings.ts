import { NotifySettings, OdooSettings, PayloadSettings } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { HealthConfig, ProcessConfig, RedisConfig, SealingConfig } from '@bridgecore/runtime';
import { RetentionConfig } from './clean-up/retention-config';
import { WorkerConfig } from './config';
import { NotifyConfig } from './notify/config';
import { SubscriptionsFileConfig } from './notify/subscriptions-file';
import { DataSyncConfig } from './sync/config';

/** Everything that the worker can be told by its environment. */
export const SETTINGS = [
  ProcessConfig,
  RedisConfig,
  DatabaseConfig,
  HealthConfig,
  OdooSettings,
  PayloadSettings,
  WorkerConfig,
  DataSyncConfig,
  RetentionConfig,
  NotifyConfig,
  NotifySettings,
  SealingConfig,
  SubscriptionsFileConfig,
] as const;
