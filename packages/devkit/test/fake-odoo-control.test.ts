import { FakeOdoo, type OdooState } from '../src/fake-odoo/index';
import { until } from '../src/until';
import { ask, Receiver, type Answer } from './fake-odoo-help';

describe('the control route of the fake Odoo', () => {
  const receiver = new Receiver();
  let odoo: FakeOdoo;

  beforeAll(() => receiver.listen());
  beforeEach(async () => {
    receiver.received.length = 0;
    odoo = new FakeOdoo({ apiKey: 'k', push: { url: receiver.url }, gapRate: 0 });
    await odoo.listen();
  });
  afterEach(() => odoo.close());
  afterAll(() => receiver.close());

  function post(name: string, body: unknown): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return ask(`${odoo.url}/__control/${name}`, { method: 'POST', body: text });
  }

  async function state(): Promise<OdooState> {
    return JSON.parse((await ask(`${odoo.url}/__control/state`)).body) as OdooState;
  }

  function pullStatus(): Promise<number> {
    return ask(`${odoo.url}/api/webhooks/pull`, { headers: { 'X-API-Key': 'k' } }).then(({ status }) => status);
  }

  it('makes events and pushes all of them', async () => {
    const answer = await post('events', { count: 60, push: 'all' });

    expect(JSON.parse(answer.body)).toEqual({ made: 60, pushed: 60, first_pull_id: 1, last_pull_id: 60 });
    await until(() => receiver.received.length === 60, { what: '60 pushes' });
    await odoo.settled();
    expect(await state()).toMatchObject({
      pull: { rows: 60, processed: 0, unprocessed: 60 },
      push: { rows: 60, sent: 60, replies: { 200: 60 }, by_status: { pending: 0 } },
    });
  });

  it('makes events that only the pull shows', async () => {
    const answer = await post('events', { count: 5, push: 'none' });

    expect(JSON.parse(answer.body)).toMatchObject({ made: 5, pushed: 0 });
    expect((await state()).push.rows).toBe(0);
  });

  it('sets faults, shows them and ends them', async () => {
    await post('faults', { path: 'pull', status: 503 });
    const during = [await pullStatus(), (await state()).faults];
    await post('faults', {});

    expect(during).toEqual([503, [{ path: 'pull', status: 503 }]]);
    expect([await pullStatus(), (await state()).faults]).toEqual([200, []]);
  });

  it('seeds records, edits one and shows them all', async () => {
    const seeded = await post('records', { model: 'res.partner', rows: [{ name: 'Ann' }, { name: 'Bob' }] });
    const edited = await post('edit', { model: 'res.partner', id: 2, values: { city: 'Bonn' } });
    const all = await ask(`${odoo.url}/__control/records?model=res.partner`);

    expect([JSON.parse(seeded.body), edited.status]).toEqual([{ ids: [1, 2] }, 200]);
    expect(JSON.parse(all.body)).toMatchObject([{ id: 1, name: 'Ann' }, { id: 2, name: 'Bob', city: 'Bonn' }]); // prettier-ignore
    expect((await state()).pull.rows).toBe(1);
  });

  it.each([
    ['records', { model: 'res.partner' }, 'records: {"model": "res.partner", "rows": [{…}]}'],
    ['records', { model: 'no.such', rows: [{}] }, "Object no.such doesn't exist"],
    ['edit', { model: 'res.partner', id: 'x', values: {} }, 'edit: {"model": "res.partner", "id": 1, "values": {…}}'],
    ['edit', { model: 'res.partner', id: 9, values: {} }, /^Record does not exist/],
  ])('says what is wrong with an order for %s: %j', async (name, order, error) => {
    const answer = await post(name, order);

    expect(answer.status).toBe(400);
    expect((JSON.parse(answer.body) as { error: string }).error).toEqual(
      typeof error === 'string' ? error : expect.stringMatching(error),
    );
  });

  it('holds events back, and commits them with their lower ids', async () => {
    await post('faults', { holdBack: 2 });
    await post('events', { count: 1, push: 'none' });
    const before = await state();
    await post('faults', { commitHeldBack: true });

    expect([before.held_back, before.pull.rows, (await state()).pull.rows]).toEqual([1, 1, 3]);
    expect(odoo.rows().map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('resets the database', async () => {
    await post('events', { count: 3, push: 'none' });
    await post('faults', { resetDatabase: true });

    expect((await state()).pull.rows).toBe(0);
  });

  it.each([
    ['faults', '{"statos": 503}'],
    ['faults', '{"status": "503"}'],
    ['faults', '{"path": "nowhere", "status": 503}'],
    ['faults', '[[{"status": 503}]]'],
    ['faults', 'no json'],
    ['events', '{"count": 0}'],
    ['events', '{"count": 1, "push": "some"}'],
    ['events', '{"count": 1, "push": 1.5}'],
  ])('refuses to understand %s %s', async (name, body) => {
    const answer = await post(name, body);

    expect(answer.status).toBe(400);
    expect(await state()).toMatchObject({ faults: [], pull: { rows: 0 } });
  });

  it('answers 404 to anything else', async () => {
    expect((await post('nothing', {})).status).toBe(404);
  });

  it('does not disturb the counts of requests', async () => {
    await state();

    expect(odoo.requests()).toEqual({});
  });
});
