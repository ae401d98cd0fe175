import { OdooSettings } from '@bridgecore/contracts';
import { HealthConfig, ProcessConfig, RedisConfig } from '@bridgecore/runtime';
import { ScheduleConfig } from './config';

/** Everything that the scheduler can be told by its environment. */
export const SETTINGS = [ProcessConfig, RedisConfig, HealthConfig, OdooSettings, ScheduleConfig] as const;
