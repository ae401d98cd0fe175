import { MigrationInterface, QueryRunner } from 'typeorm';

/** How seldom a system is swept: kept here, so that it holds for all workers. */
export class PullCare1795478400000 implements MigrationInterface {
  readonly name = 'PullCare1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table pull_cursors add column sweep_interval_seconds integer not null default 60');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table pull_cursors drop column sweep_interval_seconds');
  }
}
