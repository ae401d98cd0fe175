import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, OPERATOR_KEY, startHub } from './hub';

const OLD_ROWS = `
  select ensure_audit_partition(now() - interval '200 days');
  insert into audit_logs (at, service, worker, action, outcome)
  select now() - interval '200 days', 'worker', 'test', 'old', 'done' from generate_series(1, 7)`;

interface Done {
  readonly key_id: string;
  readonly outcome: string;
  readonly detail: { readonly deleted: Record<string, number> };
}

describe('a clean-up that an operator asks for, with the three services as processes', () => {
  let database: TestDatabase;
  let hub: Hub;

  beforeAll(async () => {
    const [redis, made, port] = await Promise.all([createTestRedis(), createTestDatabase(), freePort()]);
    database = made;
    hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, port });
  }, 60_000);

  afterAll(async () => {
    await hub.stop();
    await database.drop();
  }, 30_000);

  it('is done by the worker, and found in the audit under the id of the request', async () => {
    await hub.rows(OLD_ROWS);
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };

    const answer = await fetch(`${hub.operatorUrl}/api/v1/audit/clean-up`, { method: 'POST', headers });
    const { state, request_id } = (await answer.json()) as { state: string; request_id: string };
    const url = `${hub.operatorUrl}/api/v1/audit?action=clean_up.done&correlation_id=${request_id}`;
    const found = async (): Promise<Done[]> =>
      ((await (await fetch(url, { headers })).json()) as { audit: Done[] }).audit;
    const [done] = await until(async () => ((await found()).length > 0 ? found() : null), { what: 'the audit row' });
    const metrics = await (await fetch(`${hub.workerUrl}/metrics`)).text();

    expect([answer.status, state]).toEqual([202, 'queued']);
    expect(done).toMatchObject({ key_id: 'operator', outcome: 'done', detail: { deleted: { audit_logs: 7 } } });
    expect(await hub.rows(`select 1 from audit_logs where action = 'old'`)).toEqual([]);
    expect(metrics).toMatch(/bridgecore_cleaned_up_total\{kind="audit_logs"[^}]*\} 7/);
  }, 30_000);
});
