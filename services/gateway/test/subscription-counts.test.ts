import { IN_ORDER_OF_INDEX, SHOWN } from '../src/subscriptions/subscription-rows';
import { openSubscriptionStack, SubscriptionStack } from './subscription-stack';

describe('counting what waits and what is dead', () => {
  let stack: SubscriptionStack;

  beforeAll(async () => {
    stack = await openSubscriptionStack();
    for (const name of ['busy', 'idle', 'dead']) await stack.make({ name });
    await stack.source.query(
      `insert into deliveries (subscription_id, event_id, ordered, state)
       select s.id, n, false, case s.name when 'busy' then 'waiting' when 'dead' then 'dead' else 'delivered' end
         from subscriptions s, generate_series(1, 3000) n`,
    );
  });

  afterAll(() => stack.close());

  it.each([
    ['before', 10],
    ['before', 10_000],
    ['after', 10],
    ['after', 10_000],
  ])('reads nothing else, and no more than it counts, %s PostgreSQL knows the table: %i', async (when, bound) => {
    if (when === 'after') await stack.source.query('analyze deliveries');

    const plan = await stack.source.transaction(async (tx) => {
      await tx.query(IN_ORDER_OF_INDEX);
      const lines = await tx.query<object[]>(`explain ${SHOWN}`, [null, null, bound]);
      return lines.map((line) => String(Object.values(line)[0]));
    });

    const scans = plan.filter((line) => line.includes(' on deliveries')).map((line) => /using (\w+)/.exec(line)?.[1]);
    expect(scans).toEqual(['deliveries_due', 'deliveries_dead']);
    expect(plan.join('\n')).not.toMatch(/Sort Key: deliveries/);
  });
});
