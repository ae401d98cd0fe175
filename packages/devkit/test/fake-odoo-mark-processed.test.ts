import { FakeOdoo } from '../src/fake-odoo/index';
import { ask, capture } from './fake-odoo-help';

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

function bodyText({ case: name, request: { body } }: Case): string {
  if (name === 'float id') return '{"event_ids": [7.0]}'; // JSON.parse has made an integer of it
  if (typeof body === 'string') return body;
  return body === null ? '' : JSON.stringify(body);
}

function withoutTime(body: string): unknown {
  if (!body.startsWith('{')) return body;
  return { ...(JSON.parse(body) as object), timestamp: expect.any(String) as unknown };
}

async function mark(odoo: FakeOdoo, body: string): Promise<number> {
  const headers = { 'X-API-Key': KEY };
  return (await ask(`${odoo.url}/api/webhooks/mark-processed`, { method: 'POST', headers, body })).status;
}

function processed(odoo: FakeOdoo): number[] {
  return odoo.rows().flatMap((row) => (row.is_processed ? [row.id] : []));
}

describe('mark-processed of the fake Odoo', () => {
  let odoo: FakeOdoo;

  beforeEach(async () => {
    odoo = new FakeOdoo({ apiKey: KEY, gapRate: 0 });
    odoo.commit(Array.from({ length: 10 }, () => ({ model: 'res.partner' })));
    await odoo.listen();
  });
  afterEach(() => odoo.close());

  const cases = capture<{ cases: Case[] }>('mark-processed-matrix').cases;
  it.each(cases.map((one) => [one.case, one] as const))('answers as captured: %s', async (_name, one) => {
    const { method, path, headers } = one.request;
    const key = headers['X-API-Key'] === undefined ? {} : { 'X-API-Key': KEY };

    const answer = await ask(`${odoo.url}${path}`, { method, headers: key, body: bodyText(one) });

    expect(answer.status).toBe(one.response.status);
    const { body } = one.response;
    const expected = typeof body === 'object' ? { ...body, timestamp: expect.any(String) as unknown } : body;
    expect(typeof body === 'string' ? answer.body : withoutTime(answer.body)).toEqual(expected);
    const captured = Object.entries(one.response.headers).map(([name, value]) => [name.toLowerCase(), value]);
    const origin =
      body === null ? {} : { 'access-control-allow-origin': one.response.headers['Access-Control-Allow-Origin'] };
    expect({ ...answer.headers, ...origin }).toMatchObject(Object.fromEntries(captured) as object);
  });

  it('takes the rows out of the pull, once and for all', async () => {
    await mark(odoo, '{"event_ids": [1, 2, 2, 99999991, null, 0, -3]}');
    await mark(odoo, '{"event_ids": [2]}');

    const answer = await ask(`${odoo.url}/api/webhooks/pull`, { headers: { 'X-API-Key': KEY } });

    expect(processed(odoo)).toEqual([1, 2]);
    expect((JSON.parse(answer.body) as { events: { id: number }[] }).events.map(({ id }) => id)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10,
    ]);
  });

  it.each(['{"event_ids": [6, "abc"]}', '{"event_ids": [6, 7.0]}', '{"event_ids": [6, [9]]}'])(
    'marks nothing when one id is bad: %s',
    async (body) => {
      expect(await mark(odoo, body)).toBe(500);
      expect(processed(odoo)).toEqual([]);
    },
  );
});
