import { DeclaredSystem, MaintenanceKind, TickJob } from '@bridgecore/contracts';
import { ScheduleConfig } from './config';

/** At intervals, or at a time of day; as BullMQ's Job Schedulers take it. */
export type Repeat = { readonly every: number } | { readonly pattern: string; readonly tz: string };

/** A thing that is done again and again, by a scheduler of this id. */
export interface Schedule {
  readonly id: string;
  readonly repeat: Repeat;
  readonly tick: TickJob;
}

/** One pull per system and interval. */
export function pullSchedules(systems: readonly DeclaredSystem[]): Schedule[] {
  return systems.map(({ id, sync_interval_seconds }) => ({
    id: `pull-${id}`,
    repeat: { every: sync_interval_seconds * 1_000 },
    tick: { kind: 'pull', system: id },
  }));
}

/** What keeps the hub in order: clean-up once a day, connection checks and statistics at intervals. */
export function maintenanceSchedules(config: ScheduleConfig): Schedule[] {
  const [hour, minute] = config.CLEAN_UP_TIME.split(':').map(Number);
  const repeats: Record<MaintenanceKind, Repeat> = {
    'clean-up': { pattern: `${minute ?? 0} ${hour ?? 0} * * *`, tz: config.CLEAN_UP_TIME_ZONE },
    'connection-check': { every: config.CONNECTION_CHECK_SECONDS * 1_000 },
    statistics: { every: config.STATISTICS_SECONDS * 1_000 },
  };
  return Object.entries(repeats).map(([kind, repeat]) => ({ id: kind, repeat, tick: { kind } }));
}
