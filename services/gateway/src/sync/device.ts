import { Asker, Ground } from '../feed/ground';
import { decodePosition, encodePosition, Place, Position } from '../feed/position';

/** What a device's state is kept by. */
export interface DeviceKey {
  readonly system: string;
  readonly user_id: string;
  readonly device_id: string;
  readonly app_type: string;
}

/** How far a device is. */
export interface Device {
  /** Up to where it has acknowledged. */
  readonly position: Position;
  /** The end of the furthest page that it was given: no acknowledgement goes beyond. */
  readonly handedOut: Position;
  readonly epochChanged: boolean;
  readonly gap: boolean;
}

/** A device as it stands in the table. */
export interface StoredDevice extends Device {
  readonly isSeenLately: boolean;
}

interface DeviceRow {
  readonly position: string;
  readonly handed_out: string;
  readonly epoch_changed: boolean;
  readonly gap: boolean;
  readonly is_seen_lately: boolean;
}

const keyOf = ({ system, user_id, device_id, app_type }: DeviceKey): string[] => [
  ...[system, user_id, device_id, app_type],
];

/** The device, for this transaction alone; of two requests at once the second waits for the first, for two seconds at most. */
export async function lockDevice(tx: Asker, key: DeviceKey): Promise<StoredDevice | null> {
  const [row] = await tx.query<DeviceRow[]>(
    `select position, handed_out, epoch_changed, gap, seen_at > now() - interval '1 minute' as is_seen_lately
       from sync_devices where system = $1 and user_id = $2 and device_id = $3 and app_type = $4 for update`,
    keyOf(key),
  );
  if (row === undefined) return null;
  return {
    position: stored(row.position),
    handedOut: stored(row.handed_out),
    ...{ epochChanged: row.epoch_changed, gap: row.gap, isSeenLately: row.is_seen_lately },
  };
}

function stored(text: string): Position {
  const position = decodePosition(text);
  if (position === undefined) throw new Error(`sync_devices has a position that is none: ${text}`);
  return position;
}

/** Notes a device that is new; false when another request has just done so. */
export async function insertDevice(tx: Asker, key: DeviceKey, device: Device): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `insert into sync_devices (system, user_id, device_id, app_type, position, handed_out, epoch_changed, gap)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1 as one`,
    [...keyOf(key), ...valuesOf(device)],
  );
  return rows.length > 0;
}

/** Writes how far a device is that is locked, and that it was seen. */
export async function updateDevice(tx: Asker, key: DeviceKey, device: Device, isAcked: boolean): Promise<void> {
  await tx.query(
    `update sync_devices
        set position = $5, handed_out = $6, epoch_changed = $7, gap = $8, seen_at = now(),
            acked_at = case when $9 then now() else acked_at end
      where system = $1 and user_id = $2 and device_id = $3 and app_type = $4`,
    [...keyOf(key), ...valuesOf(device), isAcked],
  );
}

function valuesOf({ position, handedOut, epochChanged, gap }: Device): unknown[] {
  return [encodePosition(position), encodePosition(handedOut), epochChanged, gap];
}

/** A place of this database as a position. */
export function positionAt({ system, epoch }: Pick<Ground, 'system' | 'epoch'>, { id, at }: Place): Position {
  return { system, epoch, id, at };
}
