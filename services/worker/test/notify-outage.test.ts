import { ServerResponse } from 'node:http';
import { networksOf, parseSubscription } from '@bridgecore/contracts';
import { createPool, insertSecret, insertSubscription, migrate, secretOwner } from '@bridgecore/database';
import { Stack, startStack, until } from '@bridgecore/devkit';
import { createMetrics } from '@bridgecore/runtime';
import { NotifyConfig } from '../src/notify/config';
import { openNotify } from '../src/notify/open-notify';
import { newSealer, newSecret } from './notify-stack';
import { fine, openReceiver } from './receiver';
import { memoryLog } from './worker-stack';

let own: Stack;

beforeAll(async () => {
  own = await startStack({ stores: ['postgres'], log: () => undefined });
});
afterAll(() => own.stop());

describe('when PostgreSQL is killed during a call', () => {
  it('what came of it is noted after the return, and sending goes on by itself', async () => {
    await migrate(own.databaseUrl);
    const log = memoryLog();
    const pool = createPool(own.databaseUrl, log, { max: 4, statementTimeoutMs: 5_000 });
    const ask = async <Row>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as Row[];
    const held: ServerResponse[] = [];
    const receiver = await openReceiver((response) => void held.push(response));
    const sealer = newSealer();
    const id = await insertSubscription(ask, 'api', parseSubscription({ name: 'shop', url: receiver.url }));
    await insertSecret(ask, id, await sealer.seal(newSecret(), secretOwner(id)));
    const deliver = () => ask('insert into deliveries (subscription_id, ordered) values ($1, false)', [id]);
    const delivered = async () => (await ask(`select from deliveries where state = 'delivered'`)).length;
    const ended = new AbortController();
    let end: () => unknown = () => undefined;
    openNotify(new NotifyConfig(), {
      ...{ pool, log, metrics: createMetrics('worker'), sealer, version: 'test', ended: ended.signal },
      ...{ allowed: networksOf('127.0.0.1', ''), defer: (_, close) => void (end = close) },
    });
    const waits = () => log.lines.filter(({ message }) => message === 'notify.waits');

    await deliver();
    await until(() => held.length === 1, { what: 'a call' });
    await own.postgres.kill();
    held.pop()?.writeHead(204).end();
    receiver.answer = fine;
    await until(() => waits().length > 0, { what: 'the dispatcher to notice' });
    await own.postgres.start();
    await until(async () => (await delivered()) === 1, { what: 'the note', timeoutMs: 20_000 });
    await deliver();
    await until(async () => (await delivered()) === 2, { what: 'the next one', timeoutMs: 20_000 });

    expect(receiver.received).toHaveLength(2);
    expect(waits()).toHaveLength(1);
    ended.abort();
    await end();
    await pool.end();
    await receiver.close();
  }, 60_000);
});
