import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ran, subscription, told, ToldGateway, toldGateway } from './told-gateway';

const SHOP = '/api/v1/subscriptions/shop';
const SECRET = `whsec_${'a'.repeat(32)}`;

let gateway: ToldGateway;
afterEach(() => gateway.close());

async function asked(answers: Parameters<typeof toldGateway>[0], ...args: readonly string[]) {
  gateway = await toldGateway(answers);
  return gateway.ran('subscriptions', ...args);
}

describe('subscriptions list', () => {
  it('shows how each stands', async () => {
    const rows = [
      subscription({ deliveries: { waiting: 3, dead: 1 } }),
      subscription({ name: 'crm', state: 'paused', paused_by: 'failures' }),
      subscription({ name: 'till', failures: 6, open_until: new Date(Date.now() + 60_000).toISOString() }),
    ];

    const { code, out } = await asked({ 'GET /api/v1/subscriptions': [{ subscriptions: rows }] }, 'list');

    expect(code).toBe(0);
    expect(out).toMatch(/^shop +active +3 +1 +https:\/\/shop\.example\.com\/hooks +sale\.order/m);
    expect(out).toMatch(/^crm +paused \(failures\)/m);
    expect(out).toMatch(/^till +fails, next try in \d+ s/m);
  });

  it('says how to begin when there are none', async () => {
    const { out } = await asked({ 'GET /api/v1/subscriptions': [{ subscriptions: [] }] }, 'list');

    expect(out).toMatch(/^Nobody is told of events yet\..*create --help/);
  });
});

describe('subscriptions create', () => {
  const made = { 'POST /api/v1/subscriptions': [[201, { ...subscription(), secret: SECRET }] as const] };
  const to = ['--to', 'https://shop.example.com/hooks'];

  it('sends what was asked for, and shows the secret with how to verify by it', async () => {
    const filter = [
      '--model',
      'sale.order, res.partner',
      '--model',
      'x.y',
      '--system',
      'paris',
      '--operation',
      'write',
    ];
    const rest = ['--condition', '{"amount_total":{"$gte":1000}}', '--body', 'changed', '--ordered', '--rate', '60'];

    const { code, out } = await asked(made, 'create', 'shop', ...to, ...filter, '--priority', 'high', ...rest);

    expect(code).toBe(0);
    expect(gateway.asked[0]?.body).toEqual({
      ...{ name: 'shop', url: 'https://shop.example.com/hooks', body: 'changed', ordered: true, rate_per_minute: 60 },
      filter: {
        ...{ models: ['sale.order', 'res.partner', 'x.y'], systems: ['paris'], operations: ['write'] },
        ...{ priorities: ['high'], condition: { amount_total: { $gte: 1000 } } },
      },
    });
    expect(out).toContain(SECRET);
    expect(out).toMatch(/shown this once[^]*Standard Webhooks/);
  });

  it('takes a file, with options over it and variables for its secrets', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bridgecore-cli-'));
    const file = join(folder, 'shop.yaml');
    const lines = ['name: shop', 'url: https://old.example.com', 'filter:', '  models: [sale.order]', '  tests: true'];
    writeFileSync(file, [...lines, "secrets: ['${SHOP_SECRET}']"].join('\n'));
    gateway = await toldGateway(made);
    const env = { BRIDGECORE_URL: gateway.url, OPERATOR_API_KEY: 'k'.repeat(40), SHOP_SECRET: SECRET };

    const { code } = await ran(['subscriptions', 'create', '--from-file', file, ...to, '--system', 'paris'], env);
    rmSync(folder, { recursive: true });

    expect(code).toBe(0);
    expect(gateway.asked[0]?.body).toEqual({
      ...{ name: 'shop', url: 'https://shop.example.com/hooks', secrets: [SECRET] },
      filter: { models: ['sale.order'], tests: true, systems: ['paris'] },
    });
  });

  it.each([
    [['shop']],
    [to],
    [['shop', ...to, '--condition', '{"$where":"1"}']],
    [['shop', ...to, '--condition', 'amount > 1']],
    [['shop', ...to, '--rate', '0']],
    [['shop', ...to, '--model', 'sale.order,,']],
    [['shop', '--from-file', '/nowhere/at/all.yaml']],
  ])('refuses %j before anything is asked', async (args) => {
    const { code, out } = await asked(made, 'create', ...args);

    expect([code, out, gateway.asked]).toEqual([64, '', []]);
  });

  it.each([['create'], ['change']])('sends the key to nobody who was taken for a gateway (%s)', async (command) => {
    gateway = await toldGateway(made);

    const { code, err } = await gateway.ran(
      'subscriptions',
      command,
      'shop',
      '--url',
      `${gateway.url}/hooks`,
      '--ordered',
    );

    expect([code, gateway.asked]).toEqual([64, []]);
    expect(err).toMatch(/looks like a receiver: that is said by --to/);
  });
});

describe('subscriptions change', () => {
  const answers = {
    [`GET ${SHOP}`]: [subscription({ filter: { models: ['sale.order'], tests: true } })],
    [`PATCH ${SHOP}`]: [subscription()],
  };
  const sent = (): unknown => gateway.asked.at(-1)?.body;

  it('keeps the parts of the filter that were not named', async () => {
    await asked(answers, 'change', 'shop', '--priority', 'high');

    expect(sent()).toEqual({ filter: { models: ['sale.order'], tests: true, priorities: ['high'] } });
  });

  it.each([
    [['--rate', 'none', '--no-ordered'], { rate_per_minute: null, ordered: false }],
    [['--all-events', '--system', 'paris'], { filter: { systems: ['paris'] } }],
    [['--all-events'], { filter: {} }],
    [['--no-tests'], { filter: { models: ['sale.order'], tests: false } }],
  ])('changes by %j just that', async (args, body) => {
    await asked(answers, 'change', 'shop', ...args);

    expect(sent()).toEqual(body);
  });

  it('refuses to change nothing', async () => {
    expect((await asked(answers, 'change', 'shop')).code).toBe(64);
  });
});

describe('subscriptions remove, pause, resume', () => {
  it('asks before it removes, and says how much is not sent any more', async () => {
    const answers = {
      [`GET ${SHOP}`]: [subscription({ deliveries: { waiting: 5, dead: 0 } })],
      [`DELETE ${SHOP}`]: [{ removed: true, discarded: 5 }],
    };

    const unasked = await asked(answers, 'remove', 'shop');
    const done = await gateway.ran('subscriptions', 'remove', 'shop', '--yes');

    expect(unasked.code).toBe(64);
    expect(unasked.err).toContain('5 waiting will not be sent');
    expect(done.out).toBe('shop is removed; 5 waiting deliveries discarded.\n');
  });

  it('pauses with a reason, and says on resuming what is left to do', async () => {
    const resumed = subscription({ deliveries: { waiting: 2, dead: 4 } });
    const answers = {
      [`POST ${SHOP}/pause`]: [subscription({ state: 'paused', paused_by: 'operator' })],
      [`POST ${SHOP}/resume`]: [resumed],
    };

    await asked(answers, 'pause', 'shop', '--reason', 'they move');
    const { out } = await gateway.ran('subscriptions', 'resume', 'shop');

    expect(gateway.asked[0]?.body).toEqual({ reason: 'they move' });
    expect(out).toMatch(/2 waiting\. 4 dead ones stay so: bridgecore deliveries replay-all --subscription shop/);
  });
});

describe('subscriptions test', () => {
  const waiting = told('', { state: 'waiting', attempt_log: [], event_id: null });
  const answers = (end: object): Parameters<typeof toldGateway>[0] => ({
    [`GET ${SHOP}`]: [subscription()],
    [`POST ${SHOP}/test`]: [[202, { delivery_id: '17' }]],
    'GET /api/v1/deliveries/17': [waiting, [503, { code: 'DATABASE_UNAVAILABLE', detail: 'It is away.' }], end],
  });

  it('waits for the try, through a pause of the gateway, and shows what was answered', async () => {
    const { code, out } = await asked(answers(told('no such hook', { state: 'waiting' })), 'test', 'shop');

    expect(code).toBe(1);
    expect(out).toMatch(/✗ shop has not taken the test; it is tried again/);
    expect(out).toMatch(/refused +500 +31 ms[^]*The last answer begins\n {2}no such hook/);
  });

  it('says of a 410 that it has paused the subscription', async () => {
    const end = told('', { state: 'waiting' });
    const gone = { ...end, attempt_log: end.attempt_log.map((attempt) => ({ ...attempt, status: 410 })) };

    const { code, out } = await asked(answers(gone), 'test', 'shop');

    expect(code).toBe(1);
    expect(out).toMatch(/✗ shop wants no more, it says by its 410, and is paused\. .*subscriptions resume shop/);
    expect(out).not.toContain('tried again');
  });

  it('ends with 0 when it was taken', async () => {
    const { code, out } = await asked(answers(told('ok', { state: 'delivered' })), 'test', 'shop', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ state: 'delivered', attempt_log: [{ answer: 'ok' }] });
  });

  it('does not wait for ever for a test that nobody tries', async () => {
    const { code, err } = await asked(
      { ...answers({}), 'GET /api/v1/deliveries/17': [waiting] },
      ...['test', 'shop', '--timeout', '1'],
    );

    expect(code).toBe(69);
    expect(err).toMatch(/not tried within 1 s\. Later: bridgecore deliveries show 17[^]*Do workers run/);
  });

  it('says that its receiver is left alone', async () => {
    const open = subscription({ failures: 5, open_until: new Date(Date.now() + 60_000).toISOString() });
    const left = { ...answers({}), [`GET ${SHOP}`]: [open], 'GET /api/v1/deliveries/17': [waiting] };

    const { code, err } = await asked(left, 'test', 'shop', '--timeout', '1');

    expect(code).toBe(69);
    expect(err).toMatch(/the next try is in \d+ s\. At once: bridgecore subscriptions resume shop/);
  });

  it('sends none to what is paused', async () => {
    const { code, err } = await asked({ [`GET ${SHOP}`]: [subscription({ state: 'paused' })] }, 'test', 'shop');

    expect([code, gateway.asked.length]).toEqual([1, 1]);
    expect(err).toContain('shop is paused: nothing is sent to it');
  });
});

describe('the secrets of a subscription', () => {
  it('are added with a day for the others unless told otherwise', async () => {
    const answers = { [`POST ${SHOP}/secrets`]: [[201, { id: '8', secret: SECRET }] as const] };

    const { out } = await asked(answers, 'add-secret', 'shop');
    const alone = await gateway.ran('subscriptions', 'add-secret', 'shop', '--expire-others', '0s');

    expect(gateway.asked.map(({ body }) => body)).toEqual([
      { expire_others_in_seconds: 86_400 },
      { expire_others_in_seconds: 0 },
    ]);
    expect(out).toMatch(/The others hold for 24 h[^]*whsec_a/);
    expect(alone.out).toMatch(/^shop is signed with its secret \d+ only, from now on\./);
  });

  it('are removed by their id', async () => {
    const { code } = await asked({ [`DELETE ${SHOP}/secrets/7`]: [{ removed: true }] }, 'remove-secret', 'shop', '7');

    expect([code, gateway.asked[0]?.call]).toEqual([0, `DELETE ${SHOP}/secrets/7`]);
  });
});

it('shows what stands in the way of a subscription', async () => {
  const paused = {
    state: 'paused',
    paused_by: 'gone',
    paused_at: '2026-11-26T06:00:00Z',
    pause_reason: 'It said 410.',
  };

  const { out } = await asked({ [`GET ${SHOP}`]: [subscription(paused)] }, 'show', 'shop');

  expect(out).toMatch(/is paused by itself, since its receiver has answered 410 \(gone\).*: It said 410\./);
  expect(out).toContain('bridgecore subscriptions resume shop');
});
