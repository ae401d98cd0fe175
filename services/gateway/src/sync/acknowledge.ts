import { BridgeError } from '@bridgecore/contracts';
import { Asker, Ground } from '../feed/ground';
import { Position } from '../feed/position';
import { startFrom, Whence } from '../feed/whence';
import { Device, positionAt } from './device';

/** A device and whether an acknowledgement has moved it. */
export interface Acknowledged {
  readonly device: Device;
  readonly isMoved: boolean;
}

/** A device that begins somewhere. */
export async function beginAt(tx: Asker, ground: Ground, whence: Whence): Promise<Device> {
  const { epochChanged, gap, ...place } = await startFrom(tx, ground, whence);
  const position = positionAt(ground, place);
  return { position, handedOut: position, epochChanged, gap };
}

/**
 * Where a known device stands after its acknowledgement. When the database is another one now, it is put where reading goes
 * on there, an hour back, by what it has acknowledged or acknowledges now; that it was is told until it acknowledges again.
 */
export async function acknowledge(
  tx: Asker,
  ground: Ground,
  device: Device,
  ack: Position | undefined,
): Promise<Acknowledged> {
  if (!ground.knows(device.position)) {
    const isLater = ack !== undefined && !ground.knows(ack) && ack.at > device.position.at;
    return { device: await beginAt(tx, ground, isLater ? ack : device.position), isMoved: true };
  }
  if (ack?.epoch !== ground.epoch) return { device, isMoved: false };
  if (ack.id > device.handedOut.id) {
    throw new BridgeError('ACK_UNKNOWN', 'This device was given no page that ends there: pull without ack.');
  }
  if (ack.id <= device.position.id || !ground.knows(ack)) return { device, isMoved: false };
  return { device: { ...device, position: ack, epochChanged: false, gap: false }, isMoved: true };
}
