import { JsonRecord } from '@bridgecore/contracts';
import { Sealer } from '@bridgecore/runtime';
import { Answer } from './calls';
import {
  LYON,
  names,
  openSubscriptionStack,
  READER,
  sealingKey,
  sendTo,
  SubscriptionStack,
} from './subscription-stack';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const given = (different: JsonRecord = {}): JsonRecord => ({
  ...{ name: 'shop', url: 'https://shop.example.com/hooks?token=query-secret' },
  ...different,
});

let stack: SubscriptionStack;

beforeAll(async () => {
  stack = await openSubscriptionStack();
});
afterEach(() => stack.clear());
afterAll(() => stack.close());

const create = (body: unknown, key?: string): Promise<Answer> =>
  stack.send('POST', '', { body, ...(key === undefined ? {} : { key }) });
const rows = (): Promise<JsonRecord[]> => stack.source.query('select name from subscriptions');

describe('making a subscription', () => {
  it('answers with all of it, and once with the secret that was made, which is kept sealed to it', async () => {
    const filter = { models: ['sale.order'], condition: { state: 'sale' } };
    const { status, headers, body } = await create(given({ filter, body: 'changed', rate_per_minute: 60 }));
    const shown = await stack.send('GET', '/shop');

    const { secret, ...subscription } = body;
    const [row] = await stack.source.query<{ subscription_id: string; sealed: string }[]>(
      'select subscription_id, sealed from subscription_secrets',
    );
    const sealer = new Sealer([sealingKey('2026', 1)]);
    expect([status, headers.get('location')]).toEqual([201, '/api/v1/subscriptions/shop']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await sealer.open(row?.sealed ?? '', `subscription ${String(row?.subscription_id)}`)).toBe(secret);
    expect(subscription).toEqual(shown.body);
    expect(subscription).toEqual({
      ...{ name: 'shop', origin: 'api', url: given()['url'], filter, body: 'changed', ordered: false },
      ...{ rate_per_minute: 60, state: 'active', paused_by: null, paused_at: null, pause_reason: null },
      ...{ failures: 0, failing_since: null, open_until: null },
      ...{ created_at: expect.any(String) as string, updated_at: expect.any(String) as string },
      secrets: [
        {
          ...{ id: expect.stringMatching(/^\d+$/) as string, key_id: '2026' },
          ...{ created_at: expect.any(String) as string, expires_at: null },
        },
      ],
      deliveries: { waiting: 0, dead: 0 },
    });
  });

  it('takes the secrets that are given, and does not repeat them', async () => {
    const { status, body } = await create(given({ secrets: [SECRET, SECRET] }));

    expect([status, (body['secrets'] as unknown[]).length]).toEqual([201, 2]);
    expect(body).not.toHaveProperty('secret');
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it('is in the audit, without the query of its URL and without a secret', async () => {
    await create(given({ secrets: [SECRET], filter: { systems: ['lyon'] } }));

    const audit = await stack.audit();
    expect(audit).toMatchObject([
      {
        ...{ action: 'subscription.created', key_id: 'operator', system: 'lyon' },
        detail: { subscription: 'shop', url: 'https://shop.example.com/hooks?…', filter: { systems: ['lyon'] } },
      },
    ]);
    expect(JSON.stringify(audit)).not.toMatch(/whsec_|query-secret/);
  });

  it('leaves no secret in the log, whatever it is answered', async () => {
    const { body } = await create(given());
    for (const bad of [
      {},
      { name: 'Two' },
      { name: 'two', secrets: [SECRET, 'whsec_short-secret'] },
      { secretz: SECRET },
    ]) {
      await create(given(bad));
    }

    const log = JSON.stringify(stack.lines);
    const line = stack.lines.findLast(({ status }) => status === 201);
    expect(line).toMatchObject({ message: 'request.done', subscription: 'shop', key_id: 'operator' });
    expect(log).not.toContain(String(body['secret']).slice(6));
    expect(log).not.toMatch(/short-secret|query-secret/);
    expect(log).not.toContain(SECRET);
  });

  it.each<[string, JsonRecord, string]>([
    ['no URL', { url: 'shop' }, 'url'],
    ['an address that is not public', { url: 'https://127.0.0.1/' }, 'url'],
    ['http', { url: 'http://shop.example.com/' }, 'url'],
    ['a misspelt field', { filtre: {} }, 'filtre'],
    ['a misspelt filter', { filter: { model: ['sale.order'] } }, 'filter.model'],
    ['a system that there is not', { filter: { systems: ['nowhere'] } }, 'filter.systems'],
    ['a condition that PostgreSQL cannot keep', { filter: { condition: { name: '\0' } } }, 'filter.condition'],
    ['a name with capitals', { name: 'Shop' }, 'name'],
    ['a secret that is none', { secrets: ['whsec_short'] }, 'secrets'],
    ['no secrets at all', { secrets: [] }, 'secrets'],
  ])('is refused with %s, and nothing is kept', async (_, different, field) => {
    const { status, body } = await create(given(different));

    expect([status, body['code']]).toEqual([422, 'REQUEST_INVALID']);
    expect((body['errors'] as JsonRecord[]).map((error) => error['field'])).toEqual([field]);
    expect([await rows(), await stack.audit()]).toEqual([[], []]);
  });

  it.each([
    ...['{"constructor":1}', '[]', '"shop"', 'null', '{"name":{"constructor":1}}', '{"name":"a","url":{"then":1}}'],
    ...[
      '{"name":"a","url":"https://a.example","filter":{"__proto__":{"models":["x"]}}}',
      '{"filter":{"condition":[[]]}}',
    ],
    `{"name":"a","url":${'['.repeat(8_000)}${']'.repeat(8_000)}}`,
  ])('is refused as %.60s', async (body) => {
    expect((await create(body)).status).toBe(422);
  });

  it.each<[string, JsonRecord]>([
    ['constructor', { constructor: { prototype: 1 } }],
    ['nothing that is', { a: { $exists: false }, $nor: [{ b: 1 }] }],
  ])('keeps a condition as it is that asks for %s', async (_, condition) => {
    expect((await create(given({ filter: { condition } }))).body).toMatchObject({ filter: { condition } });
  });

  it('is refused by a gateway without a key for secrets', async () => {
    const gateway = await stack.open({ sealingKeys: [] });

    const { status, body } = await sendTo(gateway, 'POST', '/api/v1/subscriptions', { body: given() });

    expect([status, body['code']]).toEqual([409, 'SECRETS_DISABLED']);
    expect(await rows()).toEqual([]);
  });

  it('is one when two ask at once, and the other one is told', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => create(given())));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body['code']).toBe('SUBSCRIPTION_EXISTS');
    expect([(await rows()).length, (await stack.audit()).length]).toEqual([1, 1]);
  });

  it('leaves nothing behind when its audit row cannot be written', async () => {
    await stack.source.query('alter table audit_logs add constraint nobody check (false) not valid');

    const { status } = await create(given());
    await stack.source.query('alter table audit_logs drop constraint nobody');

    expect(status).toBe(500);
    expect(await rows()).toEqual([]);
    expect(await stack.source.query('select id from subscription_secrets')).toEqual([]);
  });

  it('needs the scope to operate, and a key', async () => {
    const answers = [await create(given(), READER), await create(given(), 'unknown')];

    expect(answers.map(({ status }) => status)).toEqual([403, 401]);
  });
});

describe('the list of subscriptions', () => {
  it('has all of them by name, with what waits and what is dead', async () => {
    await stack.make({ name: 'b' });
    await stack.make({ name: 'a' });
    await stack.source.query(
      `insert into deliveries (subscription_id, event_id, ordered, state)
       select s.id, n, false, case when n > 5 then 'dead' when n > 2 then 'waiting' else 'delivered' end
         from subscriptions s, generate_series(1, 7) n where s.name = 'a'`,
    );

    const { status, body } = await stack.send('GET', '', { key: READER });

    expect(status).toBe(200);
    expect(body['subscriptions']).toMatchObject([
      { name: 'a', deliveries: { waiting: 3, dead: 2 } },
      { name: 'b', deliveries: { waiting: 0, dead: 0 } },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/whsec_|"sealed"/);
  });

  it('counts a long backlog no further than it has time for', async () => {
    await stack.make();
    await stack.source.query(
      `insert into deliveries (subscription_id, event_id, ordered)
       select s.id, n, false from subscriptions s, generate_series(1, 12000) n`,
    );

    const [listed, shown] = [await stack.send('GET', ''), await stack.send('GET', '/shop')];

    expect(listed.body['subscriptions']).toMatchObject([{ deliveries: { waiting: 10_000 } }]);
    expect(shown.body).toMatchObject({ deliveries: { waiting: 12_000 } });
  });

  it('takes no parameters', async () => {
    expect((await stack.send('GET', '?state=paused')).body).toMatchObject({ code: 'QUERY_INVALID' });
  });
});

describe('a key that speaks for a system', () => {
  it('makes subscriptions to its events, also without saying so', async () => {
    const [silent, said] = [
      await create(given(), LYON),
      await create(given({ name: 'b', filter: { systems: ['lyon'] } }), LYON),
    ];

    expect([silent.status, said.status]).toEqual([201, 201]);
    expect(silent.body).toMatchObject({ filter: { systems: ['lyon'] } });
  });

  it.each([[['odoo']], [['lyon', 'odoo']], [['nowhere']]])('makes none to those of %p', async (systems) => {
    const { status, body } = await create(given({ filter: { systems } }), LYON);

    expect([status, body['code']]).toEqual([403, 'FORBIDDEN']);
    expect(await rows()).toEqual([]);
  });

  it('sees no others, as if there were none', async () => {
    await stack.make({ name: 'all' });
    await stack.make({ name: 'both', filter: { systems: ['lyon', 'odoo'] } });
    await stack.make({ name: 'other', filter: { systems: ['odoo'] } });
    await stack.make({ name: 'own', filter: { systems: ['lyon'] } });

    const shown = await Promise.all(
      ['all', 'both', 'other', 'own', 'none'].map((name) => stack.send('GET', `/${name}`, { key: LYON })),
    );

    expect(names(await stack.send('GET', '', { key: LYON }))).toEqual(['own']);
    expect(shown.map(({ status }) => status)).toEqual([404, 404, 404, 200, 404]);
    expect(shown[0]?.body['detail']).toBe('There is no subscription "all".');
  });

  it.each<[string, string, unknown]>([
    ['PATCH', '', { ordered: true }],
    ['DELETE', '', undefined],
    ['POST', '/pause', undefined],
    ['POST', '/resume', undefined],
    ['POST', '/test', undefined],
    ['POST', '/secrets', undefined],
    ['DELETE', '/secrets/1', undefined],
  ])('cannot %s%s those of others', async (method, action, body) => {
    await stack.make({ filter: { systems: ['odoo'] } });
    const before = await stack.audit();

    const answer = await stack.send(method, `/shop${action}`, { key: LYON, body });

    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
    expect(await stack.audit()).toEqual(before);
  });

  it('cannot change its own to those of others', async () => {
    await stack.make({}, { key: LYON });

    const refused = await stack.send('PATCH', '/shop', { key: LYON, body: { filter: { systems: ['odoo'] } } });
    const silent = await stack.send('PATCH', '/shop', { key: LYON, body: { filter: { models: ['sale.order'] } } });

    expect([refused.status, refused.body['code']]).toEqual([403, 'FORBIDDEN']);
    expect(silent.body).toMatchObject({ filter: { systems: ['lyon'], models: ['sale.order'] } });
  });
});

describe('a subscription by a name that is none', () => {
  it.each(['none', 'Shop', "a'b", '%00', 'constructor', 'x'.repeat(200)])('is not found: %.20s', async (name) => {
    const answers = [
      await stack.send('GET', `/${name}`),
      await stack.send('PATCH', `/${name}`, { body: { ordered: true } }),
      await stack.send('POST', `/${name}/pause`),
    ];

    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual(answers.map(() => [404, 'NOT_FOUND']));
  });

  it.each([
    ['PUT', '', 'GET, HEAD, POST'],
    ['PUT', '/shop', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/shop/pause', 'POST'],
    ['GET', '/shop/secrets', 'POST'],
    ['GET', '/shop/secrets/1', 'DELETE'],
  ])('has no %s%s', async (method, path, allowed) => {
    const { status, headers } = await stack.send(method, path);

    expect([status, headers.get('allow')]).toEqual([405, allowed]);
  });
});
