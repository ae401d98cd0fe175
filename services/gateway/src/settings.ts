import { AppTypeSettings, NotifySettings, OdooSettings, PayloadSettings } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { ProcessConfig, RedisConfig, SealingConfig } from '@bridgecore/runtime';
import { GatewayConfig } from './config';

export { ApiKey, SCOPES } from './keys';
export { loadKeys } from './load-keys';
export { loadTokenKeys } from './tokens/token-keys';

/** Everything that the gateway can be told by its environment. */
export const SETTINGS = [
  ProcessConfig,
  RedisConfig,
  DatabaseConfig,
  OdooSettings,
  PayloadSettings,
  AppTypeSettings,
  NotifySettings,
  SealingConfig,
  GatewayConfig,
] as const;
