import { createPool, migrate } from '@bridgecore/database';
import { Stack, startStack, until } from '@bridgecore/devkit';
import { createMetrics } from '@bridgecore/runtime';
import { openOutbox } from '../src/outbox/open-outbox';
import { record } from '../src/record/record';
import { dated, memoryLog, pushed } from './worker-stack';

let own: Stack;

beforeAll(async () => {
  own = await startStack({ stores: ['postgres'], log: () => undefined });
});
afterAll(() => own.stop());

describe('when PostgreSQL is killed under a relay', () => {
  it('waits, says so once, and goes on by itself after the return', async () => {
    await migrate(own.databaseUrl);
    const log = memoryLog();
    const pool = createPool(own.databaseUrl, log, { max: 4, statementTimeoutMs: 5_000 });
    const handed: string[] = [];
    const name = 'list';
    const handOn = async (entries: readonly { event_id: string }[]): Promise<void> => {
      handed.push(...entries.map(({ event_id }) => event_id));
    };
    let end: () => unknown = () => undefined;
    const defer = (_: string, close: () => unknown): void => void (end = close);
    openOutbox([{ name, handOn }], { pool, log, sweepMs: 20, metrics: createMetrics('test'), defer });
    const seen = { has: async () => [false], add: async () => undefined };
    const stores = { pool, log, seen, outbox: { subscribers: [name], wake: () => undefined } };
    const waits = () => log.lines.filter(({ message }) => message === 'outbox.waits');

    await record('odoo', [pushed(1, { payload: dated(1) })], stores);
    await until(() => handed.length === 1, { what: 'the first event' });
    await own.postgres.kill();
    await until(() => waits().length > 0, { what: 'the relay to notice' });
    await own.postgres.start();
    await record('odoo', [pushed(2, { payload: dated(2) })], stores);
    await until(() => handed.length === 2, { what: 'the second event', timeoutMs: 15_000 });

    expect(waits()).toHaveLength(1);
    await end();
    await pool.end();
  });
});
