import { MigrationInterface, QueryRunner } from 'typeorm';

/** What the last connection check of each system has found, and when a system was last pulled with success. */
export class SystemChecks1795996800000 implements MigrationInterface {
  readonly name = 'SystemChecks1795996800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [CHECKS, SUCCESSES, OPEN_LETTERS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index dead_letters_open_system');
    await runner.query('alter table pull_cursors drop column succeeded_at');
    await runner.query('drop table system_checks');
  }
}

/** `changed_at` is when its state or its problems last became others. */
const CHECKS = `
  create table system_checks (
    system text primary key,
    checked_at timestamptz not null,
    changed_at timestamptz not null,
    state text not null check (state in ('ok', 'degraded', 'down')),
    detail jsonb not null
  );`;

/** `last_run_at` tells only that a run has begun. */
const SUCCESSES = `
  alter table pull_cursors add column succeeded_at timestamptz;
  comment on column pull_cursors.succeeded_at is 'when a run last came to its end without a failure';`;

/** They are counted by system, again and again. */
const OPEN_LETTERS = `create index dead_letters_open_system on dead_letters (system) where status = 'open'`;
