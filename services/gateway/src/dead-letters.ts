import { DataSource, EntityManager, SelectQueryBuilder } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { AuditLogRow, DeadLetterRow } from '@bridgecore/database';
import { writeAudit } from './audit-entry';
import { DeadLetterFilter, DeadLetterQuery } from './dead-letter-query';

/** One page of dead letters, oldest first, without their bodies. */
export interface DeadLetterPage {
  readonly dead_letters: readonly DeadLetterRow[];
  readonly next_after: string;
  readonly has_more: boolean;
}

/** Who does something to letters, and by which id the log has it. */
export interface Operator {
  readonly key_id: string;
  readonly correlation_id: string;
  /** The only system that the key may touch. */
  readonly system?: string;
}

const FILTERS = ['system', 'model', 'record_id', 'reason'] as const;

/** Letters after a position, oldest first. */
export async function listDeadLetters(source: DataSource, query: DeadLetterQuery): Promise<DeadLetterPage> {
  const select = selectLetters(source, query).andWhere('letter.id > :after', { after: query.after });
  if (query.status !== undefined) select.andWhere('letter.status = :status', { status: query.status });
  const rows = await select
    .orderBy('letter.id', 'ASC')
    .limit(query.limit + 1)
    .getMany();
  const dead_letters = rows.slice(0, query.limit);
  return { dead_letters, next_after: dead_letters.at(-1)?.id ?? query.after, has_more: rows.length > query.limit };
}

/** A letter with its body, and what was done about it. */
export interface DeadLetterStory {
  readonly dead_letter: DeadLetterRow;
  readonly audit: readonly AuditLogRow[];
}

/** One letter's story, or null when there is none with this id (or it belongs to another system). */
export async function deadLetterStory(
  source: DataSource,
  id: string,
  system?: string,
): Promise<DeadLetterStory | null> {
  const dead_letter = await selectLetters(source, system === undefined ? {} : { system })
    .andWhere('letter.id = :id', { id })
    .addSelect('letter.raw')
    .getOne();
  if (dead_letter === null) return null;
  const audit = await source
    .getRepository(AuditLogRow)
    .createQueryBuilder('entry')
    .where(`entry.detail ->> 'dead_letter_id' = :id`, { id })
    .orderBy('entry.id', 'ASC')
    .limit(200)
    .getMany();
  return { dead_letter, audit };
}

/** How many open letters there are. */
export function countOpen(source: DataSource, filter: DeadLetterFilter): Promise<number> {
  return selectOpen(source, filter).getCount();
}

/** The ids of open letters after a position, oldest first. */
export async function openIds(
  source: DataSource,
  filter: DeadLetterFilter,
  after: string,
  limit: number,
): Promise<string[]> {
  const select = selectOpen(source, filter).select('letter.id').andWhere('letter.id > :after', { after });
  return (await select.orderBy('letter.id', 'ASC').limit(limit).getMany()).map(({ id }) => id);
}

/** Closes a letter for good, with an audit row in the same transaction. */
export async function discard(source: DataSource, id: string, by: Operator, reason: string | null): Promise<void> {
  await source.transaction(async (tx) => {
    const letter = await holdOpen(tx, id, by.system);
    await tx.query(`update dead_letters set status = 'discarded', closed_at = now() where id = $1`, [id]);
    await audit(tx, letter, 'dead_letter.discarded', by, reason);
  });
}

/** Notes in the audit that replaying a letter was asked for; throws when it cannot be. */
export async function noteReplay(source: DataSource, id: string, by: Operator): Promise<void> {
  await source.transaction(async (tx) => {
    await audit(tx, await holdOpen(tx, id, by.system), 'dead_letter.replay_requested', by, null);
  });
}

/** Notes in the audit that replaying many was asked for. */
export async function noteBulkReplay(source: DataSource, by: Operator, detail: object): Promise<void> {
  await writeAudit(source.manager, { action: 'dead_letter.replay_requested', ...by, detail });
}

function selectLetters(source: DataSource, filter: DeadLetterFilter): SelectQueryBuilder<DeadLetterRow> {
  const select = source.getRepository(DeadLetterRow).createQueryBuilder('letter').where('true');
  for (const name of FILTERS) {
    if (filter[name] !== undefined) select.andWhere(`letter.${name} = :${name}`, { [name]: filter[name] });
  }
  return select;
}

function selectOpen(source: DataSource, filter: DeadLetterFilter): SelectQueryBuilder<DeadLetterRow> {
  return selectLetters(source, filter).andWhere(`letter.status = 'open'`);
}

type Held = Pick<DeadLetterRow, 'id' | 'system' | 'model' | 'record_id' | 'status'>;

async function holdOpen(tx: EntityManager, id: string, system?: string): Promise<Held> {
  const select = 'select id, system, model, record_id, status from dead_letters where id = $1 for update';
  const [letter] = await tx.query<Held[]>(select, [id]);
  if (letter === undefined || (system !== undefined && letter.system !== system)) {
    throw new BridgeError('NOT_FOUND', `There is no dead letter ${id}.`);
  }
  if (letter.status === 'open') return letter;
  throw new BridgeError('DEAD_LETTER_CLOSED', `Dead letter ${id} is ${letter.status}; only open ones can be worked.`);
}

async function audit(
  tx: EntityManager,
  { id, system, model, record_id }: Held,
  action: string,
  { key_id, correlation_id }: Operator,
  reason: string | null,
): Promise<void> {
  const detail = { dead_letter_id: id, ...(reason === null ? {} : { reason }) };
  await writeAudit(tx, { action, system, model, record_id, key_id, correlation_id, detail });
}
