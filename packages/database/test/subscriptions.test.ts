import { Pool } from 'pg';
import { parseSubscription } from '@bridgecore/contracts';
import { createTestDatabase, TestDatabase } from '@bridgecore/devkit';
import {
  Ask,
  insertSecret,
  insertSubscription,
  MAX_SUBSCRIPTIONS,
  migrate,
  removeSubscription,
  updateSubscription,
} from '../src/index';

const settings = (name: string) =>
  parseSubscription({ name, url: 'https://shop.example.com', filter: { models: ['sale.order'] } });

describe('subscriptions', () => {
  let database: TestDatabase;
  let pool: Pool;
  let ask: Ask;

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrate(database.url);
    pool = new Pool({ connectionString: database.url });
    ask = async <Row>(sql: string, values: unknown[]) => (await pool.query(sql, values)).rows as Row[];
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  it('have a name of their own until they are removed', async () => {
    const first = await insertSubscription(ask, 'api', settings('shop'));

    await expect(insertSubscription(ask, 'file', settings('shop'))).rejects.toMatchObject({
      code: 'SUBSCRIPTION_EXISTS',
      message: 'There is a subscription "shop" already.',
    });
    expect(await removeSubscription(ask, first)).toBe(true);
    expect(await removeSubscription(ask, first)).toBe(false);
    expect(await insertSubscription(ask, 'file', settings('shop'))).not.toBe(first);
  });

  it('are one when two add the same name at once', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => insertSubscription(ask, 'api', settings('shop'))),
    );

    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('change, but not once they are removed', async () => {
    const id = await insertSubscription(ask, 'api', settings('shop'));

    expect(await updateSubscription(ask, id, { ...settings('shop'), ordered: true, rate_per_minute: 60 })).toBe(true);
    expect(await ask('select ordered, rate_per_minute, filter from subscriptions', [])).toEqual([
      { ordered: true, rate_per_minute: 60, filter: { models: ['sale.order'] } },
    ]);
    await removeSubscription(ask, id);
    expect(await updateSubscription(ask, id, settings('shop'))).toBe(false);
  });

  it('lose their secrets with their end', async () => {
    const id = await insertSubscription(ask, 'api', settings('shop'));
    await insertSecret(ask, id, { sealed: 'jwe', key_id: '2026' });

    await removeSubscription(ask, id);

    expect(await ask('select id from subscription_secrets', [])).toEqual([]);
  });

  it('are bounded', async () => {
    for (let n = 0; n < MAX_SUBSCRIPTIONS; n += 1) await insertSubscription(ask, 'api', settings(`s${n}`));

    await expect(insertSubscription(ask, 'api', settings('one-more'))).rejects.toThrow(
      'There are 200 subscriptions, which is all that there may be.',
    );
  });
});
