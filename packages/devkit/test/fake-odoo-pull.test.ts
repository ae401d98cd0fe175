import { FakeOdoo } from '../src/fake-odoo/index';
import { ask, capture, type Answer } from './fake-odoo-help';

interface Case {
  readonly case: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  };
  readonly status: number;
  readonly content_type: string;
  readonly body_without_events: unknown;
  readonly event_ids: readonly (number | '...')[] | null;
}

interface Exchange {
  readonly request: Case['request'];
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

const KEY = 'the-key';
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/;

/** 410 rows with ids up to 429, those that the matrix names being orders, as the table was when it was captured. */
function fill(odoo: FakeOdoo): void {
  for (let id = 1; id <= 429; id += 1) {
    const isOrder = [1, 8, 265].includes(id);
    const transaction = odoo.holdBack({ model: isOrder ? 'sale.order' : 'res.partner' });
    if (id >= 400 && id <= 418) transaction.rollback();
    else transaction.commit();
  }
}

function send(odoo: FakeOdoo, { method, path, headers, body }: Case['request'], key: string): Promise<Answer> {
  const named = Object.entries(headers).map(([name, value]) => [name, value.replace('<API_KEY>', key)]);
  const text = typeof body === 'string' ? body : body === null ? '' : JSON.stringify(body);
  return ask(`${odoo.url}${path}`, {
    method,
    headers: Object.fromEntries(named) as Record<string, string>,
    body: text,
  });
}

function parsed(body: string): { events: { id: number }[] | null; rest: unknown } {
  if (!body.startsWith('{')) return { events: null, rest: body };
  const { events = null, timestamp, ...rest } = JSON.parse(body) as { events?: { id: number }[]; timestamp: string };
  expect(timestamp).toMatch(TIMESTAMP);
  return { events, rest };
}

function withoutTime(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'timestamp' && name !== 'events'));
}

describe('the pull API of the fake Odoo', () => {
  const cases = capture<{ cases: Case[] }>('pull-parameter-matrix').cases;
  const odoo = new FakeOdoo({ apiKey: KEY, session: '<SESSION>', gapRate: 0 });
  const unconfigured = new FakeOdoo();

  beforeAll(async () => {
    fill(odoo);
    await odoo.listen();
    await unconfigured.listen();
  });
  afterAll(async () => {
    await odoo.close();
    await unconfigured.close();
  });

  it.each(cases.map((one) => [one.case, one] as const))('answers as captured: %s', async (name, one) => {
    const hasNoKey = name.startsWith('server has no');
    const key = name.includes('empty key') || name.includes('empty header') ? '' : KEY;

    const answer = await send(hasNoKey ? unconfigured : odoo, one.request, key);

    expect(answer.status).toBe(one.status);
    expect(answer.headers['content-type']).toBe(one.content_type);
    if (one.status === 404) expect(answer.body).toContain(String(one.body_without_events));
    else expectBody(answer, one);
  });

  function expectBody(answer: Answer, one: Case): void {
    const { events, rest } = parsed(answer.body);
    expect(rest).toEqual(withoutTime(one.body_without_events));
    const ids = events?.map(({ id }) => id);
    const expected = one.event_ids ?? undefined;
    if (expected?.includes('...') === true) expect([ids?.[0], '...', ids?.at(-1)]).toEqual(expected);
    else expect(ids).toEqual(expected);
  }

  it.each([
    'pull-error-400-bad-integer',
    'pull-error-400-bad-json',
    'pull-error-401-bad-key',
    'pull-error-401-no-key',
    'pull-error-500-null-parameter',
    'pull-filter-no-match',
    'pull-last_event_id-over-int4',
    'pull-options-preflight',
  ])('sends the captured headers, length included: %s', async (name) => {
    const { request, response } = capture<Exchange>(name);

    const answer = await send(odoo, request, KEY);

    const expected = Object.entries(response.headers).map(([header, value]) => [header.toLowerCase(), value]);
    const got = { ...answer.headers, 'access-control-allow-origin': '*' };
    expect(got).toMatchObject(Object.fromEntries(expected));
  });

  it('sends Access-Control-Allow-Origin twice, which browsers reject', async () => {
    const answer = await ask(`${odoo.url}/api/webhooks/pull?limit=1`, { headers: { 'X-API-Key': KEY } });

    expect(answer.rawHeaders.filter((text) => text === 'Access-Control-Allow-Origin')).toHaveLength(2);
  });

  it('gives an event the members of the capture, in their order', async () => {
    type Page = { events: Record<string, unknown>[] };
    const expected = capture<{ response: { body: Page } }>('pull-get-limit-1').response.body;

    const answer = await ask(`${odoo.url}/api/webhooks/pull?limit=1`, { headers: { 'X-API-Key': KEY } });

    const page = JSON.parse(answer.body) as Page;
    expect(Object.keys(page)).toEqual(Object.keys(expected));
    expect(Object.keys(page.events[0] ?? {})).toEqual(Object.keys(expected.events[0] ?? {}));
    expect(page.events[0]).toMatchObject({
      model: 'sale.order',
      event: 'create',
      priority: 'high',
      user_name: 'Mitchell Admin',
    });
    expect(page.events[0]?.['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('says has_more although the filter leaves nothing, and then gives back the cursor it was sent', async () => {
    const { request } = capture<Exchange>('pull-has_more-ignores-filter');
    const first = await send(odoo, request, KEY);
    const second = await send(
      odoo,
      { ...request, path: '/api/webhooks/pull?models=sale.order&last_event_id=265' },
      KEY,
    );

    expect(parsed(first.body).rest).toMatchObject({ has_more: true, last_id: 265, count: 1 });
    expect(parsed(second.body).rest).toMatchObject({ has_more: false, last_id: 265, count: 0 });
  });

  it('gives the digits of a cursor beyond 64 bits back', async () => {
    const path = `${odoo.url}/api/webhooks/pull?last_event_id=99999999999999999999`;

    const answer = await ask(path, { headers: { 'X-API-Key': KEY } });

    expect(answer.body).toContain('"last_id": 99999999999999999999,');
  });
});

describe('a page of more rows than the limit allows', () => {
  it('holds 1000 rows at most, and all of them with limit=0', async () => {
    const odoo = new FakeOdoo({ apiKey: KEY });
    await odoo.listen();
    odoo.makeEvents(1100);

    const capped = await ask(`${odoo.url}/api/webhooks/pull?limit=5000`, { headers: { 'X-API-Key': KEY } });
    const whole = await ask(`${odoo.url}/api/webhooks/pull?limit=0`, { headers: { 'X-API-Key': KEY } });
    await odoo.close();

    expect(parsed(capped.body).rest).toMatchObject({ count: 1000, has_more: true });
    expect(parsed(whole.body).rest).toMatchObject({ count: 1100, has_more: false });
  });
});
