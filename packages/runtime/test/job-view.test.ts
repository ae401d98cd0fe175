import { BridgeError } from '@bridgecore/contracts';
import { createTestRedis, TestRedis, until } from '@bridgecore/devkit';
import { findJob, lastEndings } from '../src/index';
import { QueueStack } from './queue-stack';

let shared: TestRedis;
let stack: QueueStack;
let count = 0;

beforeAll(async () => {
  shared = await createTestRedis();
});
beforeEach(async () => {
  stack = await new QueueStack(shared.url, `${shared.prefix}-view-${(count += 1)}`).ready();
});
afterEach(() => stack.end());

const look = (id: string) => findJob(stack.producer, id);

describe('a job that is looked at', () => {
  it('waits, and has its report as its result when it is done', async () => {
    await stack.producer.add({ n: 7 }, { jobId: 'seven' });
    const before = await look('seven');

    stack.consume({ work: ({ n }) => Promise.resolve({ doubled: 2 * n }), about: ({ n }) => ({ n }) });
    await stack.ended('completed', 1);

    const asked_at = expect.any(Date) as Date;
    const waiting = { queue: 'numbers', job_id: 'seven', state: 'waiting', attempts: 0, result: null, error: null };
    expect(before).toEqual({ data: { n: 7 }, view: { ...waiting, asked_at, started_at: null, ended_at: null } });
    const result = { outcome: 'done', n: 7, doubled: 14 };
    const times = { asked_at, started_at: asked_at, ended_at: asked_at };
    expect((await look('seven'))?.view).toEqual({ ...waiting, state: 'done', attempts: 1, result, ...times });
  });

  it('tells why it failed, also before it is tried again', async () => {
    const delays = { backoff: { type: 'fixed', delay: 3_600_000 } };
    await stack.producer.add({ n: 1 }, { jobId: 'again', ...delays });
    await stack.producer.add({ n: 2 }, { jobId: 'never' });
    const refuse = new BridgeError('ODOO_REFUSED', 'The key is wrong.');
    stack.consume({ work: ({ n }) => Promise.reject(n === 1 ? new Error('not yet') : refuse) });
    await stack.ended('failed', 1);
    await until(async () => (await look('again'))?.view.state === 'delayed', { what: 'the other to be put off' });

    const [again, never] = await Promise.all([look('again'), look('never')]);

    expect(again?.view).toMatchObject({ state: 'delayed', attempts: 1, result: null, error: 'not yet' });
    expect(never?.view).toMatchObject({ state: 'failed', error: 'ODOO_REFUSED: The key is wrong.', result: null });
    expect(never?.view.ended_at).toEqual(expect.any(Date));
  });

  it.each(['nothing', 'meta', 'wait', 'id', 'completed', '', '../other:1', 'x'.repeat(300)])(
    'is none when its id is %p',
    async (id) => {
      await stack.producer.add({ n: 1 });

      expect(await look(id)).toBeUndefined();
    },
  );

  it('tells how often it was taken up, which being put off does not hide', async () => {
    const starts: number[] = [];
    const notYet = new BridgeError('JOB_POSTPONED', 'Another one is at it.', { retryAfterSeconds: 0.01 });
    stack.consume({
      work: (_, attempt) => (starts.push(attempt.starts) < 3 ? Promise.reject(notYet) : Promise.resolve({})),
    });

    await stack.producer.add({ n: 1 });
    await stack.ended('completed', 1);

    expect(starts).toEqual([1, 2, 3]);
  });
});

describe('the last endings', () => {
  it('are told newest first, and no more than are asked for of each kind', async () => {
    stack.consume({
      work: ({ n }) => (n % 2 === 0 ? Promise.resolve({ n }) : Promise.reject(new BridgeError('ODOO_REFUSED', `${n}`))),
      concurrency: 1,
    });
    for (let n = 1; n <= 5; n += 1) await stack.producer.add({ n });
    await stack.ended('failed', 3);

    const endings = await lastEndings(stack.producer, 2);

    expect(endings.map(({ data }) => (data as { n: number }).n).sort()).toEqual([2, 3, 4, 5]);
    const times = endings.map(({ ended_at }) => ended_at.getTime());
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(endings.find(({ result }) => result === null)?.error).toMatch(/^ODOO_REFUSED: [35]$/);
    expect(endings.find(({ result }) => result !== null)).toMatchObject({ result: { outcome: 'done' }, error: null });
  });
});
