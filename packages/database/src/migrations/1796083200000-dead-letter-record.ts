import { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the dead letters of a record, which operators ask for while something is on fire. */
export class DeadLetterRecord1796083200000 implements MigrationInterface {
  readonly name = 'DeadLetterRecord1796083200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index dead_letters_record on dead_letters (model, record_id, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index dead_letters_record');
  }
}
