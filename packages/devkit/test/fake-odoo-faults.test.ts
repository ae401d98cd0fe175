import { FakeOdoo, type Fault } from '../src/fake-odoo/index';
import { until } from '../src/until';
import { ask, type Answer } from './fake-odoo-help';

const HEADERS = { 'X-API-Key': 'k' };

describe('faults of the fake Odoo', () => {
  let odoo: FakeOdoo;

  beforeEach(async () => {
    odoo = new FakeOdoo({ apiKey: 'k', gapRate: 0, push: { url: 'http://127.0.0.1:9/' } }); // never pushed to
    odoo.commit([{ model: 'res.partner' }, { model: 'res.partner' }, { model: 'res.partner' }]);
    await odoo.listen();
  });
  afterEach(() => odoo.close());

  function pull(): Promise<Answer> {
    return ask(`${odoo.url}/api/webhooks/pull`, { headers: HEADERS });
  }

  function mark(...ids: number[]): Promise<Answer> {
    const body = JSON.stringify({ event_ids: ids });
    return ask(`${odoo.url}/api/webhooks/mark-processed`, { method: 'POST', headers: HEADERS, body });
  }

  it('make it slow', async () => {
    odoo.setFaults({ latencyMs: 120 });
    const started = performance.now();

    const answer = await pull();

    expect(performance.now() - started).toBeGreaterThan(110);
    expect(answer.status).toBe(200);
  });

  it('make it answer with a status, Retry-After and a page of HTML', async () => {
    odoo.setFaults({ status: 429, retryAfter: 7 });

    const answer = await pull();

    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'content-type': 'text/html' });
    expect(answer.body).toContain('<h1>429 Too Many Requests</h1>');
  });

  it('end after so many times', async () => {
    odoo.setFaults({ status: 503, times: 2 });

    const statuses = [(await pull()).status, (await mark(1)).status, (await pull()).status];

    expect(statuses).toEqual([503, 503, 200]);
    expect(odoo.state().faults).toEqual([]);
  });

  it('hit one path only', async () => {
    odoo.setFaults([
      { path: 'pull', status: 500 },
      { path: 'mark-processed', status: 502 },
    ]);

    expect([(await pull()).status, (await mark(1)).status]).toEqual([500, 502]);
    expect((await ask(`${odoo.url}/api/webhooks/health`)).status).toBe(200);
  });

  it.each<[string, Fault | Fault[]]>([
    ['replaced', { path: 'mark-processed', status: 500 }],
    ['cleared by an empty object', {}],
    ['cleared by an empty list', []],
  ])('are %s', async (_name, next) => {
    odoo.setFaults({ path: 'pull', status: 500 });
    odoo.setFaults(next);

    expect((await pull()).status).toBe(200);
  });

  it('make it hang until the caller gives up', async () => {
    odoo.setFaults({ hang: true });

    await expect(fetch(odoo.url + '/api/webhooks/pull', { signal: AbortSignal.timeout(1_000) })).rejects.toThrow();
    await until(() => odoo.requests()['pull']?.[0] === 1, { what: 'a request without an answer' });
  });

  it('reset the connection', async () => {
    odoo.setFaults({ reset: true });

    await expect(pull()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('lose the answer to an acknowledgement that counts', async () => {
    odoo.setFaults({ path: 'mark-processed', reset: true, afterWork: true });

    await expect(mark(1, 2)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(odoo.rows().map((row) => row.is_processed)).toEqual([true, true, false]);
  });

  it('break the database: error beside success, as if all were read', async () => {
    odoo.setFaults({ errorText: 'could not connect to server' });

    const answer = await pull();

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      ...{ events: [], last_id: 0, has_more: false, count: 0 },
      ...{ error: 'could not connect to server', success: true },
    });
    expect((await mark(1)).status).toBe(500);
    expect(odoo.state().pull.processed).toBe(0);
  });

  it('refuse acknowledgements with a chosen id, and only count those', async () => {
    odoo.setFaults({ refuseIds: [2], times: 1 });

    const statuses = [(await mark(1)).status, (await mark(2, 3)).status, (await mark(2, 3)).status];

    expect(statuses).toEqual([200, 500, 200]);
  });

  it('refuse all acknowledgements', async () => {
    odoo.setFaults({ refuseIds: 'all' });

    const answer = await mark(1);

    expect(answer.status).toBe(500);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(odoo.state().pull.processed).toBe(0);
  });

  it('answer 200 with something that is no JSON', async () => {
    odoo.setFaults({ notJson: true });

    const answer = await pull();

    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html']);
    expect(() => JSON.parse(answer.body) as unknown).toThrow();
  });

  it('lose the whole database, after which both sequences start again', async () => {
    odoo.resetDatabase();
    const [written] = odoo.commit({ model: 'res.partner' });

    const answer = await pull();

    expect([written?.pullId, written?.pushId]).toEqual([1, 1]);
    expect((JSON.parse(answer.body) as { last_id: number; count: number }).count).toBe(1);
  });

  it('roll back what is held back when the database is lost', () => {
    const late = odoo.holdBack({ model: 'res.partner' });
    odoo.resetDatabase();

    late.commit();

    expect([odoo.rows(), odoo.state().held_back]).toEqual([[], 0]);
  });

  it('are counted among the requests by what was answered', async () => {
    odoo.setFaults({ status: 503, times: 1 });
    await pull();
    await pull();
    await mark(1);

    expect(odoo.requests()).toEqual({ pull: { 200: 1, 503: 1 }, 'mark-processed': { 200: 1 } });
    expect(odoo.lastRequests().at(-1)).toMatchObject({ method: 'POST', body: '{"event_ids":[1]}', status: 200 });
  });
});

describe('what somebody may have set wrong at Odoo', () => {
  it('is another key, which is refused until it is set right', async () => {
    const other = new FakeOdoo({ apiKey: 'another key' });
    const headers = { 'x-api-key': 'ours' };
    const url = `${await other.listen()}/api/webhooks/pull`;

    const refused = await fetch(url, { headers });
    other.setApiKey('ours');
    const accepted = await fetch(url, { headers });

    expect([refused.status, accepted.status]).toEqual([401, 200]);
    await other.close();
  });

  it('is its clock, which its answers tell', async () => {
    const late = new FakeOdoo({ now: () => new Date(Date.now() - 3_600_000) });

    const { headers } = await fetch(`${await late.listen()}/api/webhooks/health`);

    const skewMs = Date.now() - Date.parse(headers.get('date') ?? '');
    expect(Math.round(skewMs / 60_000)).toBe(60);
    await late.close();
  });
});
