import { JsonRecord } from '@bridgecore/contracts';
import { Answer } from './calls';
import { LYON, openSubscriptionStack, READER, SubscriptionStack } from './subscription-stack';

let stack: SubscriptionStack;

beforeAll(async () => {
  stack = await openSubscriptionStack();
});
afterEach(() => stack.clear());
afterAll(() => stack.close());

const change = (body: unknown): Promise<Answer> => stack.send('PATCH', '/shop', { body });
const lastAudit = async (): Promise<JsonRecord | undefined> => (await stack.audit()).at(-1);
const set = (columns: string): Promise<unknown> => stack.source.query(`update subscriptions set ${columns}`);
const deliver = (state: string, count = 1): Promise<unknown> =>
  stack.source.query(
    `insert into deliveries (subscription_id, event_id, ordered, state)
     select s.id, n, false, $1 from subscriptions s, generate_series(1, $2) n where removed_at is null`,
    [state, count],
  );

describe('changing a subscription', () => {
  it('replaces what is given, and leaves the rest', async () => {
    await stack.make({ filter: { models: ['sale.order'], tests: true }, ordered: true, rate_per_minute: 60 });

    const { status, body } = await change({ filter: { models: ['res.partner'] }, rate_per_minute: null });

    expect(status).toBe(200);
    expect(body).toMatchObject({ ordered: true, rate_per_minute: null, url: 'https://shop.example.com/hooks' });
    expect(body['filter']).toEqual({ models: ['res.partner'] });
    expect((await stack.send('GET', '/shop')).body).toEqual(body);
    expect(body).not.toHaveProperty('secret');
  });

  it('tells the audit what was and what is, without the query of a URL', async () => {
    await stack.make();

    await change({ url: 'https://other.example.com/?key=query-secret', ordered: false, body: 'changed' });

    const entry = await lastAudit();
    expect(entry).toMatchObject({ action: 'subscription.changed', key_id: 'operator', system: null });
    expect(entry?.['detail']).toEqual({
      subscription: 'shop',
      before: { url: 'https://shop.example.com/hooks', body: 'recorded' },
      after: { url: 'https://other.example.com/?…', body: 'changed' },
    });
  });

  it('leaves no trace when everything is so already', async () => {
    const { secret: _, ...made } = await stack.make({ filter: { models: ['sale.order'] } });

    const { body } = await change({ filter: { models: ['sale.order'] }, ordered: false });

    expect(body).toEqual(made);
    expect(await stack.audit()).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ['another name', { name: 'other' }, 'name'],
    ['secrets', { secrets: [] }, 'secrets'],
    ['what is not known', { state: 'paused' }, 'state'],
    ['no filter', { filter: null }, 'filter'],
    ['a misspelt filter', { filter: { model: ['sale.order'] } }, 'filter.model'],
    ['a system that there is not', { filter: { systems: ['nowhere'] } }, 'filter.systems'],
    ['a URL that is not public', { url: 'https://10.0.0.1' }, 'url'],
    ['no URL', { url: null }, 'url'],
    ['a bad rate', { ordered: true, rate_per_minute: 'fast' }, 'rate_per_minute'],
  ])('is refused with %s, and nothing is changed', async (_, body, field) => {
    const { secret: _secret, ...made } = await stack.make();

    const answer = await change(body);

    expect([answer.status, answer.body['code']]).toEqual([422, 'REQUEST_INVALID']);
    expect((answer.body['errors'] as JsonRecord[]).map((error) => error['field'])).toEqual([field]);
    expect((await stack.send('GET', '/shop')).body).toEqual(made);
  });

  it.each(['[]', '"x"', '{"__proto__":{"ordered":true}}', '{"filter":{"condition":{"constructor":{}},"x":1}}'])(
    'is refused with %s',
    async (body) => {
      await stack.make();

      expect((await change(body)).status).toBe(422);
    },
  );

  it('does not ask about what stays: a network, or a system, may be gone since', async () => {
    await stack.make();
    await set(`url = 'https://10.0.0.1/', filter = '{"systems": ["removed"]}'`);

    const { status, body } = await change({ ordered: true });

    expect([status, body['ordered']]).toEqual([200, true]);
  });

  it('loses nothing when two change it at once', async () => {
    await stack.make();

    await Promise.all([
      change({ ordered: true }),
      change({ rate_per_minute: 60 }),
      change({ body: 'changed' }),
      change({ filter: { models: ['sale.order'] } }),
    ]);

    const { body } = await stack.send('GET', '/shop');
    expect(body).toMatchObject({ ordered: true, rate_per_minute: 60, body: 'changed' });
    expect(body['filter']).toEqual({ models: ['sale.order'] });
  });

  it('is undone when its audit row cannot be written', async () => {
    await stack.make();
    await stack.source.query('alter table audit_logs add constraint nobody check (false) not valid');

    const answers = [await change({ ordered: true }), await stack.send('DELETE', '/shop')];
    answers.push(await stack.send('POST', '/shop/pause'), await stack.send('POST', '/shop/test'));
    await stack.source.query('alter table audit_logs drop constraint nobody');

    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    expect((await stack.send('GET', '/shop')).body).toMatchObject({ ordered: false, state: 'active' });
    expect(await stack.source.query('select id from deliveries')).toEqual([]);
  });

  it('answers 503 when somebody holds it for long', async () => {
    await stack.make();
    const holder = stack.source.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select id from subscriptions for update');

    const answer = await change({ ordered: true });
    await holder.rollbackTransaction();
    await holder.release();

    expect([answer.status, answer.body['code']]).toEqual([503, 'DATABASE_UNAVAILABLE']);
    expect((await change({ ordered: true })).status).toBe(200);
  });
});

describe('a subscription of the file', () => {
  beforeEach(async () => {
    await stack.make();
    await set(`origin = 'file'`);
  });

  it.each<[string, string, unknown]>([
    ['PATCH', '', { ordered: true }],
    ['DELETE', '', undefined],
    ['POST', '/secrets', undefined],
    ['DELETE', '/secrets/1', undefined],
  ])('is not changed here: %s %s', async (method, action, body) => {
    const answer = await stack.send(method, `/shop${action}`, { body });

    expect([answer.status, answer.body['code']]).toEqual([409, 'SUBSCRIPTION_DECLARED']);
    expect(await stack.audit()).toHaveLength(1);
  });

  it.each([
    ['pause', 200],
    ['resume', 200],
    ['test', 202],
  ])('can be told to %s', async (action, expected) => {
    expect((await stack.send('POST', `/shop/${action}`)).status).toBe(expected);
  });
});

describe('removing a subscription', () => {
  it('takes its secrets along, says what is not sent any more, and frees its name', async () => {
    await stack.make();
    await deliver('waiting', 3);

    const { status, body } = await stack.send('DELETE', '/shop');

    expect([status, body]).toEqual([200, { removed: true, discarded: 3 }]);
    expect(await stack.source.query('select id from subscription_secrets')).toEqual([]);
    expect(await lastAudit()).toMatchObject({ action: 'subscription.removed', detail: { discarded: 3 } });
    expect(stack.lines.at(-1)).toMatchObject({ subscription: 'shop', discarded: 3 });
    expect((await stack.send('GET', '/shop')).status).toBe(404);
    expect(await stack.make()).toMatchObject({ deliveries: { waiting: 0 } });
  });

  it('does so once, when two ask at once', async () => {
    await stack.make();

    const answers = await Promise.all([1, 2, 3].map(() => stack.send('DELETE', '/shop')));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(await stack.audit()).toHaveLength(2);
  });
});

describe('pausing and resuming', () => {
  it('pauses by the operator, with the reason', async () => {
    await stack.make();

    const { status, body } = await stack.send('POST', '/shop/pause', { body: { reason: 'the shop moves' } });

    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'paused', paused_by: 'operator', pause_reason: 'the shop moves' });
    expect(body['paused_at']).toEqual(expect.any(String));
    expect(await lastAudit()).toMatchObject({
      action: 'subscription.paused',
      detail: { subscription: 'shop', by: 'operator', reason: 'the shop moves' },
    });
  });

  it('makes a pause by failures the operator’s, since when it was', async () => {
    await stack.make();
    await set(`state = 'paused', paused_by = 'failures', paused_at = '2026-01-01T00:00:00Z'`);

    const { body } = await stack.send('POST', '/shop/pause');

    expect(body).toMatchObject({ paused_by: 'operator', paused_at: '2026-01-01T00:00:00.000Z', pause_reason: null });
  });

  it('resumes as if nothing had failed', async () => {
    await stack.make();
    await set(`state = 'paused', paused_by = 'failures', paused_at = now(), pause_reason = 'x', failures = 9,
      failing_since = now(), open_until = now() + interval '1 hour'`);

    const { status, body } = await stack.send('POST', '/shop/resume');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ state: 'active', paused_by: null, paused_at: null, pause_reason: null },
      ...{ failures: 0, failing_since: null, open_until: null },
    });
    expect(await lastAudit()).toMatchObject({ action: 'subscription.resumed', detail: { subscription: 'shop' } });
  });

  it('brings forward what waits for its next try, but not what is tried now', async () => {
    await stack.make();
    const claim = '00000000-0000-4000-8000-000000000000';
    const later = "now() + interval '9 hours'";
    await stack.source.query(
      `insert into deliveries (subscription_id, event_id, ordered, attempts, claim, next_attempt_at)
       select id, 1, false, 7, null::uuid, ${later} from subscriptions union all
       select id, 2, false, 7, '${claim}', ${later} from subscriptions`,
    );

    await stack.send('POST', '/shop/resume');

    const rows = await stack.source.query<unknown[]>(
      'select event_id, next_attempt_at <= now() as is_due from deliveries order by event_id',
    );
    expect(rows).toEqual([
      { event_id: '1', is_due: true },
      { event_id: '2', is_due: false },
    ]);
  });

  it('resumes however much waits for its next try, and whoever holds some of it', async () => {
    await stack.make();
    await stack.source.query(
      `insert into deliveries (subscription_id, event_id, ordered, attempts, next_attempt_at)
       select id, n, false, 7, now() + interval '1 hour' + interval '1 second' * n
         from subscriptions, generate_series(1, 10100) n`,
    );

    const { status } = await stack.source.transaction(async (tx) => {
      await tx.query('select from deliveries where event_id = 5 for update');
      return stack.send('POST', '/shop/resume');
    });

    const [due] = await stack.source.query<unknown[]>(
      'select count(*)::int as count, max(event_id)::int as last from deliveries where next_attempt_at <= now()',
    );
    expect(status).toBe(200);
    expect(due).toEqual({ count: 10_000, last: 10_001 });
  });

  it.each([
    '{"reason":7}',
    '{"reason":{"constructor":1}}',
    '{"why":"x"}',
    '{"reason":"two\\nlines"}',
    '{"reason":"\\ud800"}',
    `{"reason":"${'x'.repeat(501)}"}`,
    '[]',
  ])('does not pause with %.40s', async (body) => {
    await stack.make();

    const answer = await stack.send('POST', '/shop/pause', { body });

    expect([answer.status, answer.body['code']]).toEqual([422, 'REQUEST_INVALID']);
    expect((await stack.send('GET', '/shop')).body).toMatchObject({ state: 'active' });
  });

  it('needs the scope to operate', async () => {
    await stack.make();
    const actions = ['POST /pause', 'POST /resume', 'POST /test', 'POST /secrets', 'DELETE /secrets/1', 'DELETE '];

    const answers = await Promise.all(
      actions.map((action) => {
        const [method = '', path = ''] = action.split(' ');
        return stack.send(method, `/shop${path}`, { key: READER });
      }),
    );

    expect(answers.map(({ status }) => status)).toEqual(actions.map(() => 403));
  });
});

describe('testing a subscription', () => {
  it('writes a delivery without an event, which is due', async () => {
    await stack.make();

    const { status, body } = await stack.send('POST', '/shop/test');

    const deliveries = await stack.source.query<JsonRecord[]>(
      'select id, event_id, system, ordered, state, next_attempt_at <= now() as is_due from deliveries',
    );
    expect([status, body]).toEqual([202, { delivery_id: deliveries[0]?.['id'], state: 'active', open_until: null }]);
    expect(deliveries).toMatchObject([
      { event_id: null, system: null, ordered: false, state: 'waiting', is_due: true },
    ]);
    const { delivery_id } = body;
    expect(await lastAudit()).toMatchObject({ action: 'subscription.tested', detail: { delivery_id } });
  });

  it('belongs to the system of who may see it, and says when it will not be sent', async () => {
    await stack.make({}, { key: LYON });
    await stack.send('POST', '/shop/pause', { key: LYON });

    const { body } = await stack.send('POST', '/shop/test', { key: LYON });

    expect(body['state']).toBe('paused');
    expect(await stack.source.query('select system from deliveries')).toEqual([{ system: 'lyon' }]);
  });
});
