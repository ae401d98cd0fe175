import { DUE, findDue } from '../src/notify/due';
import { subscribe } from './subscribed';
import { openWorkerStack, WorkerStack } from './worker-stack';

describe('finding the subscriptions for which something is due', () => {
  let stack: WorkerStack;
  let busy: string;

  beforeAll(async () => {
    stack = await openWorkerStack();
    busy = await subscribe(stack, 'busy');
    for (let n = 0; n < 20; n += 1) await subscribe(stack, `idle-${n}`);
    await stack.pool.query(
      `insert into deliveries (subscription_id, event_id, ordered, state)
       select $1, n, false, case when n % 5 < 2 then 'waiting' else 'delivered' end from generate_series(1, 20000) n`,
      [busy],
    );
    await stack.pool.query('analyze');
  });

  afterAll(() => stack.close());

  it('looks through no backlog for those that have none', async () => {
    const plan = await stack.rows<object>(`explain ${DUE}`);

    const lines = plan.map((line) => String(Object.values(line)[0]));
    const scans = lines.filter((line) => line.includes(' on deliveries'));
    expect(scans).toEqual([expect.stringContaining('using deliveries_due')]);
    await expect(findDue(stack.pool)).resolves.toEqual([busy]);
  });
});
