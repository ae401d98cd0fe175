import { createTestRedis, TestRedis, until } from '@bridgecore/devkit';
import { searchJobs } from '../src/index';
import { QueueStack } from './queue-stack';

const BOUNDS = { jobs: 1_000, bytes: 1024 * 1024, ms: 10_000, hits: 100 };

let shared: TestRedis;
let stack: QueueStack;
let count = 0;

beforeAll(async () => {
  shared = await createTestRedis();
});
beforeEach(async () => {
  stack = await new QueueStack(shared.url, `${shared.prefix}-search-${(count += 1)}`).ready();
});
afterEach(() => stack.end());

const search = (text: string, different: Partial<typeof BOUNDS> = {}) =>
  searchJobs(stack.producer, stack.redis, (data) => data.includes(text), { ...BOUNDS, ...different });
const add = (n: number, text: string, options = {}) => stack.producer.add({ n, text } as { n: number }, options);

describe('a search through a queue', () => {
  it('finds jobs in every state that is not done, with how they stand', async () => {
    const blocked: (() => void)[] = [];
    let isOver = false;
    stack.consume({
      concurrency: 3,
      work: ({ n }) => {
        if (n === 3) return Promise.reject(new Error('not yet'));
        if (isOver) return Promise.resolve({});
        return n === 4 ? Promise.reject(new Error('never')) : new Promise((resolve) => blocked.push(() => resolve({})));
      },
    });
    await add(4, 'wanted', { attempts: 1 });
    await add(3, 'wanted', { backoff: { type: 'fixed', delay: 3_600_000 } });
    await stack.ended('failed', 1);
    for (let n = 10; n < 13; n += 1) await add(n, n === 11 ? 'wanted' : 'other');
    await until(() => blocked.length === 3, { what: 'three jobs to be under way' });
    await add(1, 'wanted');
    await add(2, 'wanted', { priority: 10 });

    const { jobs, allSeen } = await search('wanted');
    isOver = true;
    blocked.forEach((end) => end());

    expect(allSeen).toBe(true);
    expect(jobs.map(({ data, state }) => [(data as { n: number }).n, state])).toEqual([
      [1, 'waiting'],
      [2, 'prioritized'],
      [3, 'delayed'],
      [11, 'active'],
      [4, 'failed'],
    ]);
    expect(jobs[2]).toMatchObject({ attempts: 1, attempts_allowed: 3, error: 'not yet' });
    const wait = (jobs[2]?.next_attempt_at?.getTime() ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(3_000_000);
    expect(wait).toBeLessThan(3_700_000);
    expect(jobs[4]).toMatchObject({ attempts: 1, attempts_allowed: 1, error: 'never', next_attempt_at: null });
  });

  it('looks at the oldest only when there are more than it may look at, and says so', async () => {
    for (let n = 1; n <= 25; n += 1) await add(n, 'wanted');

    const { jobs, allSeen } = await search('wanted', { jobs: 12 });

    expect(allSeen).toBe(false);
    expect(jobs.map(({ data }) => (data as { n: number }).n)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  });

  it.each([
    ['as many bytes as it may', { bytes: 1 }],
    ['as many hits as it may', { hits: 1 }],
    ['as long as it may', { ms: -1 }],
  ])('ends when it has read %s, and says so', async (_, bounds) => {
    for (let n = 1; n <= 30; n += 1) await add(n, 'wanted');

    const { jobs, allSeen } = await search('wanted', bounds);

    expect(allSeen).toBe(false);
    expect(jobs.length).toBeLessThanOrEqual(10);
  });

  it('sees all when there are just as many as it may look at', async () => {
    for (let n = 1; n <= 12; n += 1) await add(n, 'other');

    expect(await search('wanted', { jobs: 12 })).toEqual({ jobs: [], allSeen: true });
  });
});
