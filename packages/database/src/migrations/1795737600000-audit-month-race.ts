import { MigrationInterface, QueryRunner } from 'typeorm';

/** Makes a month of the audit although somebody else has made it while we waited. */
export class AuditMonthRace1795737600000 implements MigrationInterface {
  readonly name = 'AuditMonthRace1795737600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ensure('create table if not exists'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(ensure('create table'));
  }
}

/**
 * Who waits for the advisory lock gets no word of what was made meanwhile: `to_regclass` may still answer from its
 * cache. `if not exists` locks the schema first, and with that takes notice.
 */
const ensure = (create: string): string => `
  create or replace function ensure_audit_partition(at timestamptz) returns void language plpgsql as $$
  declare
    first_day timestamptz := date_trunc('month', at, 'UTC');
    next_month timestamptz := date_trunc('month', first_day + interval '40 days', 'UTC');
    partition text := 'audit_logs_' || to_char(first_day at time zone 'UTC', 'YYYY_MM');
  begin
    if to_regclass(partition) is not null then return; end if;
    perform pg_advisory_xact_lock(hashtext('ensure_audit_partition'));
    execute format('${create} %I partition of audit_logs for values from (%L) to (%L)', partition, first_day, next_month);
  end $$`;
