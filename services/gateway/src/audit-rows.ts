import { DataSource } from 'typeorm';
import { AuditLogRow } from '@bridgecore/database';
import { AUDIT_FILTERS, AuditQuery } from './audit-query';
import { fromPosition } from './page-order';

/** One page of the audit, oldest first unless asked otherwise; `next_after` asks for what follows. */
export interface AuditPage {
  readonly audit: readonly AuditLogRow[];
  readonly next_after: string;
  readonly has_more: boolean;
}

/** Audit rows after a position. */
export async function listAudit(source: DataSource, query: AuditQuery): Promise<AuditPage> {
  const select = source.getRepository(AuditLogRow).createQueryBuilder('entry');
  fromPosition(select, 'entry', query);
  for (const name of AUDIT_FILTERS) {
    if (query[name] !== undefined) select.andWhere(`entry.${name} = :${name}`, { [name]: query[name] });
  }
  if (query.since !== undefined) select.andWhere('entry.at >= :since', { since: query.since });
  if (query.until !== undefined) select.andWhere('entry.at < :until', { until: query.until });
  const rows = await select.limit(query.limit + 1).getMany();
  const audit = rows.slice(0, query.limit);
  return { audit, next_after: audit.at(-1)?.id ?? query.after, has_more: rows.length > audit.length };
}
