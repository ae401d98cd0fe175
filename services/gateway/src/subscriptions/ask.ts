import { EntityManager } from 'typeorm';
import { Ask } from '@bridgecore/database';

/** Asks within a transaction of TypeORM's, whose own `query` answers an update in another shape than a select. */
export function asking({ queryRunner }: EntityManager): Ask {
  if (queryRunner === undefined) throw new TypeError('there is no transaction');
  return async <Row>(sql: string, values: unknown[]) => {
    const { records } = await queryRunner.query(sql, values, true);
    return records as Row[];
  };
}
