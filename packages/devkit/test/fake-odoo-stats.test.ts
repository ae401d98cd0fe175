import { FakeOdoo } from '../src/fake-odoo/index';
import { ask, capture } from './fake-odoo-help';

interface Stats {
  readonly total: number;
  readonly by_model: readonly { readonly model: string; readonly count: number }[];
  readonly by_priority: Record<string, number>;
}

interface Case {
  readonly case: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

const KEY = 'the-key';

describe('stats and health of the fake Odoo', () => {
  const odoo = new FakeOdoo({ apiKey: KEY });
  const captured = capture<{ response: { body: { stats: Stats } } }>('stats-default').response.body.stats;

  beforeAll(async () => {
    for (const { model, count } of captured.by_model) {
      odoo.commit(Array.from({ length: count }, () => ({ model })));
    }
    await odoo.listen();
  });
  afterAll(() => odoo.close());

  const cases = capture<{ cases: Case[] }>('stats-health-matrix').cases.filter(
    ({ case: name }) => !name.startsWith('options'),
  );
  it.each(cases.map((one) => [one.case, one] as const))(
    'answers as captured: %s',
    async (_name, { request, response }) => {
      const key = request.headers['X-API-Key'] === undefined ? {} : { 'X-API-Key': KEY };

      const answer = await ask(`${odoo.url}${request.path}`, { method: request.method, headers: key });

      expect(answer.status).toBe(response.status);
      expect(answer.headers['content-type']).toBe(response.headers['Content-Type']);
      expect(answer.headers['allow']).toBe(response.headers['Allow']);
      if (typeof response.body === 'string') expect(answer.body).toBe(response.body);
      else expect(comparable(JSON.parse(answer.body))).toEqual(comparable(response.body));
    },
  );

  /** Without the time, and without the share of each priority, which depends on how the captured Odoo was configured. */
  function comparable(body: unknown): unknown {
    const { timestamp, ...rest } = body as { timestamp: unknown; stats?: Partial<Stats> };
    expect(timestamp).toEqual(expect.any(String));
    if (rest.stats?.by_priority === undefined) return rest;
    const sum = Object.values(rest.stats.by_priority).reduce((total, number) => total + number, 0);
    return { ...rest, stats: { ...rest.stats, by_priority: sum } };
  }

  it('counts what is acknowledged as processed and no longer as pending', async () => {
    const body = JSON.stringify({
      event_ids: odoo
        .rows()
        .slice(0, 10)
        .map(({ id }) => id),
    });
    await ask(`${odoo.url}/api/webhooks/mark-processed`, { method: 'POST', headers: { 'X-API-Key': KEY }, body });

    const health = await ask(`${odoo.url}/api/webhooks/health`);
    const stats = await ask(`${odoo.url}/api/webhooks/stats`, { headers: { 'X-API-Key': KEY } });

    expect(JSON.parse(health.body)).toMatchObject({ pending_events: 400, version: '2.0.0' });
    expect(JSON.parse(stats.body)).toMatchObject({ stats: { total: 410, processed: 10, pending: 400 } });
  });
});

describe('the days of the statistics', () => {
  it('begin so many times 24 hours ago, to the second, and hold what was archived or acknowledged too', async () => {
    let now = new Date('2026-11-23T12:00:00Z');
    const odoo = new FakeOdoo({ apiKey: KEY, now: () => now });
    await odoo.listen();
    const totals = async (): Promise<number[]> => {
      const asked = [0, 1, 2].map((days) =>
        ask(`${odoo.url}/api/webhooks/stats?days=${days}`, { headers: { 'X-API-Key': KEY } }),
      );
      const answers = await Promise.all(asked);
      return answers.map(({ body }) => (JSON.parse(body) as { stats: Stats }).stats.total);
    };

    odoo.commit({ model: 'res.partner' });
    now = new Date('2026-11-23T12:00:01Z');
    odoo.commit({ model: 'res.partner' });
    const fresh = await totals();
    now = new Date('2026-11-24T12:00:00.500Z');
    const aDayLater = await totals();
    await odoo.close();

    expect([fresh, aDayLater]).toEqual([
      [0, 2, 2],
      [0, 1, 2],
    ]);
  });
});
