import { EntityManager } from 'typeorm';
import { SubscriptionSettings } from '@bridgecore/database';
import { writeAudit } from '../audit-entry';
import { onlySystem } from './visible';

/** Who does something to a subscription, and by which id the log has it. */
export interface By {
  readonly key_id: string;
  readonly correlation_id: string;
  /** The only system that the key may touch. */
  readonly system?: string;
}

/** Writes into the audit what was done to a subscription, in the transaction that does it. */
export async function note(
  tx: EntityManager,
  action: string,
  { name, filter }: Pick<SubscriptionSettings, 'name' | 'filter'>,
  { key_id, correlation_id }: By,
  detail: object,
): Promise<void> {
  const entry = { action, key_id, correlation_id, ...onlySystem(filter) };
  await writeAudit(tx, { ...entry, detail: { subscription: name, ...detail } });
}
