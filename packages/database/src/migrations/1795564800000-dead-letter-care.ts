import { MigrationInterface, QueryRunner } from 'typeorm';

/** What replaying and discarding dead letters needs to know of them. */
export class DeadLetterCare1795564800000 implements MigrationInterface {
  readonly name = 'DeadLetterCare1795564800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLUMNS);
    await runner.query('create index dead_letters_system on dead_letters (system, id)');
    await runner.query(AUDIT_INDEX);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index audit_logs_dead_letter, dead_letters_system');
    await runner.query(`alter table dead_letters drop column kind, drop column received_at,
                          drop column event_id, drop column closed_at`);
  }
}

/**
 * `kind` tells what `raw` is: a normalised event, an item of a batch or a pulled row as Odoo sent it, or part of a job
 * that this version could not read.
 */
const COLUMNS = `
  alter table dead_letters
    add column kind text not null default 'event' check (kind in ('event', 'item', 'row', 'job')),
    add column received_at timestamptz,
    add column event_id bigint,
    add column closed_at timestamptz;
  update dead_letters set kind = case when origin = 'pull' then 'row' else 'item' end
   where not (raw like '{%"arrival_id"%' and raw like '%"content_key"%');`;

const AUDIT_INDEX = `
  create index audit_logs_dead_letter on audit_logs ((detail ->> 'dead_letter_id'))
   where detail ->> 'dead_letter_id' is not null`;
