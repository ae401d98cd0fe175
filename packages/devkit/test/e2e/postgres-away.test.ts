import { freePort } from '../../src/stack/free-port';
import type { Stack } from '../../src/stack/stack';
import { startOwnStack } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, PUSH_KEY, startHub } from './hub';

/** An event as an integrator sends it by hand. */
function push(hub: Hub, id: number): Promise<Response> {
  const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'sale.order', record_id: id, event: 'write', event_id: id, data: { id } });
  return fetch(hub.pushUrl, { method: 'POST', headers, body });
}

describe('with PostgreSQL stopped', () => {
  let stack: Stack;
  let hub: Hub;

  beforeAll(async () => {
    stack = await startOwnStack();
    hub = await startHub({ ...stack, port: await freePort() });
  }, 60_000);

  afterAll(async () => {
    await hub.stop();
    await stack.stop();
  }, 30_000);

  it('answers pushes 200, stays ready, and records them when it is back, each once', async () => {
    expect((await push(hub, 1)).status).toBe(200);
    await until(() => hub.rows('select 1 from webhook_events').then((rows) => rows.length === 1), {
      what: 'the first push',
    });
    await stack.postgres.stop();

    const answers = [];
    for (let id = 2; id <= 40; id += 1) answers.push(await push(hub, id));
    const ready = await until(
      () =>
        fetch(`${hub.gatewayUrl}/health/ready`).then(async (answer) => {
          const report = (await answer.json()) as { status: string };
          return report.status === 'degraded' ? { http: answer.status } : null;
        }),
      { what: 'the gateway to notice' },
    );
    await stack.postgres.start();

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(ready).toEqual({ http: 200 });
    const count = `select count(*)::int as total, count(distinct push_id)::int as distinct from webhook_events`;
    const isComplete = async (): Promise<boolean> => {
      const [row] = await hub.rows<{ total: number; distinct: number }>(count);
      return row?.total === 40 && row.distinct === 40;
    };
    await until(isComplete, { what: 'every push to be recorded once', timeoutMs: 30_000 });
  }, 90_000);
});
