import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** For how many days things are kept; 0 keeps them for ever. */
export class RetentionConfig {
  @Days()
  readonly AUDIT_RETENTION_DAYS: number = 90;

  /** Since they were recorded. An event that something has still to follow stays, and one that a delivery that waits or is dead needs. */
  @Days()
  readonly EVENT_RETENTION_DAYS: number = 0;

  /** Since they were replayed or discarded; open ones stay. */
  @Days()
  readonly DEAD_LETTER_RETENTION_DAYS: number = 90;

  /** Entries that could not be handed on in that time are given up. */
  @Days()
  readonly OUTBOX_RETENTION_DAYS: number = 0;

  /** That a record was deleted; without it a sync would create the record again. */
  @Days()
  readonly SYNC_TOMBSTONE_RETENTION_DAYS: number = 90;

  /** Since the run ended, with what it said of single records. */
  @Days()
  readonly SYNC_RUN_RETENTION_DAYS: number = 30;

  /** Since a device was last seen; then how far it was is forgotten. */
  @Days()
  readonly DEVICE_RETENTION_DAYS: number = 90;

  /** Deliveries that were delivered or discarded, since then, with what came of each try. Dead ones stay, as open letters do. */
  @Days()
  readonly DELIVERY_RETENTION_DAYS: number = 30;
}

function Days(): PropertyDecorator {
  const rule = { message: 'must be a number of days from 0 (for ever) to 36500' };
  const rules = [Type(() => Number), IsInt(rule), Min(0, rule), Max(36_500, rule)];
  return (target, property) => {
    for (const decorate of rules) decorate(target, property);
  };
}
