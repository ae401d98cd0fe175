import { EntityManager } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { WebhookEventRow } from '@bridgecore/database';
import { survey } from '../feed/ground';
import { Page, readPage } from '../feed/page';
import { encodePosition, Place, Position } from '../feed/position';
import { endOf, Whence } from '../feed/whence';
import { acknowledge, Acknowledged, beginAt } from './acknowledge';
import { Device, DeviceKey, insertDevice, lockDevice, positionAt, updateDevice } from './device';

/** What a device asks for, checked. */
export interface DevicePull {
  readonly key: DeviceKey;
  readonly models: readonly string[] | null;
  readonly limit: number;
  readonly ack: Position | undefined;
  readonly start: Exclude<Whence, Position>;
}

/** What it is given. */
export interface DevicePage {
  readonly events: readonly WebhookEventRow[];
  readonly position: string;
  readonly hasMore: boolean;
  readonly epochChanged: boolean;
  readonly gap: boolean;
}

/**
 * Takes a device's acknowledgement and reads its next page, in one transaction in which the device is this request's alone.
 * The position moves by acknowledgements only: a page whose answer was lost, or whose reader has died, comes again. That it
 * was given is committed before it is sent.
 */
export async function pullDevice(tx: EntityManager, asked: DevicePull): Promise<DevicePage> {
  const { key, models, limit } = asked;
  const { system } = key;
  const { device, epoch, floor, isCurrent, isMoved } = await settle(tx, asked);
  const page = await readPage(tx, { system, after: device.position, limit, models, tests: false });
  const end = positionAt({ system, epoch }, endOf(page, floor));
  const handedOut = end.id > device.handedOut.id ? end : device.handedOut;
  if (!isCurrent || handedOut.id !== device.handedOut.id) {
    await updateDevice(tx, key, { ...device, handedOut }, isMoved && !device.epochChanged);
  }
  return answer(page, end, device);
}

function answer({ events, hasMore, hasGap }: Page, end: Position, device: Device): DevicePage {
  const { epochChanged, gap } = device;
  return { events, position: encodePosition(end), hasMore, epochChanged, gap: gap || hasGap };
}

interface Settled extends Acknowledged {
  readonly epoch: string;
  readonly floor: Place;
  /** The table has it so already, and that it was seen lately. */
  readonly isCurrent: boolean;
}

/** Where the device stands, itself locked; a new one is noted first. An app that was forgotten goes on from what it acknowledges. */
async function settle(tx: EntityManager, { key, ack, start }: DevicePull): Promise<Settled> {
  const known = await lockDevice(tx, key);
  const positions = [known?.position, ack].filter((position) => position !== undefined);
  const ground = await survey(tx, key.system, positions);
  const basics = { epoch: ground.epoch, floor: ground.floor };
  if (known !== null) {
    const settled = await acknowledge(tx, ground, known, ack);
    return { ...settled, ...basics, isCurrent: !settled.isMoved && known.isSeenLately };
  }
  const device = await beginAt(tx, ground, ack ?? start);
  if (await insertDevice(tx, key, device)) return { device, isMoved: false, ...basics, isCurrent: true };
  const other = await lockDevice(tx, key);
  if (other !== null) return { device: other, isMoved: false, ...basics, isCurrent: true };
  throw new BridgeError('CONSUMERS_BUSY', 'This device was removed at this moment.', { retryAfterSeconds: 1 });
}
