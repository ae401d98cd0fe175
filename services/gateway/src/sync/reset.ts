import { EntityManager } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { writeAudit } from '../audit-entry';
import { survey } from '../feed/ground';
import { encodePosition } from '../feed/position';
import { Whence } from '../feed/whence';
import { beginAt } from './acknowledge';
import { DeviceKey, lockDevice, updateDevice } from './device';

/** Where a device is put, and who has asked for it. */
export interface DeviceReset {
  readonly key: DeviceKey;
  readonly to: Whence;
  readonly keyId: string;
  readonly correlationId: string;
}

/** Puts a device elsewhere, with an audit row; what it was given before it cannot acknowledge any more, if that is further on. */
export async function resetDevice(tx: EntityManager, { key, to, keyId, correlationId }: DeviceReset): Promise<string> {
  const before = await lockDevice(tx, key);
  if (before === null) {
    throw new BridgeError('NOT_FOUND', `The user has no such device with an app of the type "${key.app_type}".`);
  }
  const isPosition = typeof to === 'object' && !(to instanceof Date);
  const ground = await survey(tx, key.system, isPosition ? [to] : []);
  const device = await beginAt(tx, ground, to);
  await updateDevice(tx, key, device, false);
  const position = encodePosition(device.position);
  const { system, user_id, device_id, app_type } = key;
  const detail = { user_id, device_id, app_type, from: encodePosition(before.position), to: position };
  await writeAudit(tx, { action: 'sync.reset', key_id: keyId, correlation_id: correlationId, system, detail });
  return position;
}
