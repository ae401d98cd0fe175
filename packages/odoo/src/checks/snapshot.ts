import { isRecord } from '@bridgecore/contracts';
import { Probed } from '../odoo-probe';

/**
 * What an Odoo held at one moment of the day before it. A day, since Odoo deletes rows that were acknowledged when they
 * are three days old (`cleanup-jobs`), and counts by whole days up to now only.
 */
export interface Snapshot {
  /** ISO 8601, by Odoo's clock and to its second. */
  readonly at: string;
  readonly took_seconds: number;
  readonly held: number;
}

/** What the addon's statistics of one day tell; null when they do not. Without a `Date` their day has no edges. */
export function snapshotOf({ body, answeredAt, tookMs }: Probed): Snapshot | null {
  const total = isRecord(body['stats']) ? body['stats']['total'] : undefined;
  if (answeredAt === null || !Number.isSafeInteger(total)) return null;
  return { at: new Date(answeredAt).toISOString(), took_seconds: Math.ceil(tookMs / 1_000), held: total as number };
}
