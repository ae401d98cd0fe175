import { Pool } from 'pg';
import { until } from '@bridgecore/devkit';
import { OdooClient } from '@bridgecore/odoo';
import { JobReport } from '@bridgecore/runtime';
import { pullRun } from '../src/pull/pull-run';
import { clear, openWorkerStack, WorkerStack } from './worker-stack';

const LOCK = 'odoo_sync:lock:odoo';
const ROWS = 6;
let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack({ max: 16 });
});
afterAll(() => stack.close());
beforeEach(async () => {
  await clear(stack.pool);
  await stack.redis.flushdb();
});

const rows = Array.from({ length: ROWS }, (_, n) => ({
  ...{ id: n + 1, model: 'sale.order', record_id: n + 1, event: 'write', timestamp: '2026-11-23T06:22:26' },
  payload: { id: n + 1 },
}));

/** A run whose lock somebody frees at one of its pages, where it then stands until `meanwhile` is over. */
function overtaken(atPage: number, meanwhile: () => Promise<unknown>, fences: string[]): Promise<JobReport> {
  let page = 0;
  const odoo: OdooClient = {
    pull: async (lastEventId) => {
      page += 1;
      if (page === atPage) {
        await stack.redis.del(LOCK);
        await meanwhile();
      }
      const left = rows.filter(({ id }) => id > lastEventId);
      return { rows: left.slice(0, 1), hasMore: left.length > 1 };
    },
    acknowledge: () => Promise.resolve(), // and yet Odoo offers them again: every run has something to write
  };
  const { redis, log } = stack;
  const stores = { ...stack, pool: notingFences(stack.pool, fences) };
  return pullRun(
    { id: 'odoo', odoo, limit: 1 },
    {
      ...{ redis, log, stores, isRedacted: () => false, ended: new AbortController().signal },
      ...{ lockTtlMs: 30_000, runMs: 60_000, sweepEvery: 1 },
    },
  );
}

/** The pool itself; what a run begins with is noted. */
function notingFences(pool: Pool, fences: string[]): Pool {
  const query = async (sql: string, values: unknown[]): Promise<unknown> => {
    const result = await pool.query<{ fence?: string }>(sql, values);
    if (result.rows[0]?.fence !== undefined) fences.push(result.rows[0].fence);
    return result;
  };
  return new Proxy(pool, {
    get: (target, name) => {
      const value: unknown = name === 'query' ? query : Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Each run is begun while the one before stands at its page, and that one goes on when it has begun. */
async function chain(pages: readonly number[], earlier: number): Promise<{ fence: number; report: JobReport }[]> {
  const begun: Promise<{ fence: number; report: JobReport }>[] = [];
  const begin = async (index: number): Promise<{ fence: number; report: JobReport }> => {
    const fences: string[] = [];
    const beginNext = async (): Promise<void> => {
      begun.push(begin(index + 1));
      const sql = 'select 1 from pull_cursors where fence >= $1';
      await until(async () => (await stack.rows(sql, [index + 2 + earlier])).length > 0, {
        what: 'the next run',
        intervalMs: 1,
      });
    };
    const report = await overtaken(pages[index] ?? Infinity, beginNext, fences);
    return { fence: Number(fences[0]), report };
  };
  begun.push(begin(0));
  const ended: { fence: number; report: JobReport }[] = [];
  for (let run = begun.shift(); run !== undefined; run = begun.shift()) ended.push(await run);
  return ended;
}

describe('the fence, when the lock is no help', () => {
  it.each([
    { while: 'they pull', pages: [2, 2, 2], earlier: 0 },
    { while: 'they pull', pages: [5, 4, 3], earlier: 0 },
    { while: 'they sweep', pages: [3, 2, 4], earlier: 1 },
  ])('lets no commit of an overtaken run land, overtaken while $while, at pages $pages', async ({ pages, earlier }) => {
    const first: JobReport = earlier > 0 ? await overtaken(Infinity, () => Promise.resolve(), []) : {};

    const runs = await chain(pages, earlier);

    const reports = new Map(runs.map(({ fence, report }) => [report['correlation_id'], { fence, report }]));
    const audit = await stack.rows<{ correlation_id: string }>(
      `select correlation_id from audit_logs where action = 'event.pull' and correlation_id is distinct from $1 order by id`,
      [first['correlation_id']],
    );
    const fences = audit.map(({ correlation_id }) => reports.get(correlation_id)?.fence);
    expect(runs.map(({ fence }) => fence)).toEqual([1, 2, 3, 4].map((n) => n + earlier));
    expect(fences).toEqual([...fences].sort((a, b) => Number(a) - Number(b)));
    expect(runs.slice(0, -1).map(({ report }) => report['outcome'])).toEqual(['stopped', 'stopped', 'stopped']);
    // What a run had read when the next one began is not there, nor what it read later.
    for (const [index, page] of pages.entries())
      expect(fences.filter((fence) => fence === index + 1 + earlier).length).toBeLessThan(page);
  });
});
