import { delivery, told, ToldGateway, toldGateway } from './told-gateway';

let gateway: ToldGateway;
afterEach(() => gateway.close());

async function asked(answers: Parameters<typeof toldGateway>[0], ...args: readonly string[]) {
  gateway = await toldGateway(answers);
  return gateway.ran('deliveries', ...args);
}

const page = (...deliveries: object[]): object => ({ deliveries, next_after: '17', has_more: false });

describe('deliveries list', () => {
  it('shows the dead, the newest last, unless told otherwise', async () => {
    const rows = [delivery({ id: '18' }), delivery({ event_id: null, system: null, model: null, record_id: null })];

    const { out } = await asked({ 'GET /api/v1/deliveries': [page(...rows)] }, 'list');

    expect(gateway.asked[0]?.call).toBe('GET /api/v1/deliveries?state=dead&order=desc&limit=100');
    expect(out).toMatch(/17 .* shop +a test .*\n18 .* shop +sale\.order 42 .* 500 +The receiver answered 500\./);
  });

  it.each([
    [[], 'No delivery is dead.'],
    [['--state', 'all'], 'There are no deliveries. Who is told of events: bridgecore subscriptions list'],
    [['--subscription', 'shop', '--record-id', '42'], 'No dead delivery is like that. In whatever state: --state all'],
    [['--subscription', 'shop', '--state', 'all'], 'No delivery is like that.'],
  ])('says with %j that there are none', async (args, text) => {
    expect((await asked({ 'GET /api/v1/deliveries': [page()] }, 'list', ...args)).out).toBe(`${text}\n`);
  });
});

describe('deliveries show', () => {
  const HOSTILE = 'oh no\u001b[2J\u001b]0;pwned\u0007\r\nsecond\u202e line\n3\n4\n5\n6';

  it('makes the answer of a receiver harmless, and shows its first lines', async () => {
    const { out } = await asked({ 'GET /api/v1/deliveries/17': [told(HOSTILE)] }, 'show', '17');

    expect(out).not.toMatch(/[^\n\P{Cc}]|\u202e/u);
    expect(out).toContain('The last answer begins\n  oh no\\u001b[2J\\u001b]0;pwned\\u0007\n  second\\u202e line\n');
    expect(out).toContain('… 1 line more: see --json');
  });

  it('gives a script all of it', async () => {
    const { out } = await asked({ 'GET /api/v1/deliveries/17': [told(HOSTILE)] }, 'show', '17', '--json');

    expect(JSON.parse(out)).toEqual(told(HOSTILE));
    expect(out).not.toMatch(/[^\n\P{Cc}]/u);
  });

  it('tells how it stands, each try, and what to do', async () => {
    const { out } = await asked({ 'GET /api/v1/deliveries/17': [told('')] }, 'show', '17');

    expect(out).toMatch(/^Delivery 17 is dead: sale\.order 42 of paris, to shop\.\nThe receiver answered 500\./);
    expect(out).toMatch(/2026-11-26T06:00:01Z +refused +500 +31 ms/);
    expect(out).toContain('bridgecore deliveries replay 17');
    expect(out).not.toContain('The last answer');
  });

  it('says that there is none like that', async () => {
    const { code, err } = await asked({}, 'show', '99');

    expect([code, err]).toEqual([1, expect.stringContaining('✗ There is no GET /api/v1/deliveries/99.')]);
  });
});

describe('deliveries replay and discard', () => {
  it('ask for one', async () => {
    const path = 'POST /api/v1/deliveries/17';
    await asked({ [`${path}/replay`]: [delivery()], [`${path}/discard`]: [delivery()] }, 'replay', '17');
    await gateway.ran('deliveries', 'discard', '17', '--reason', 'a test of ours');

    expect(gateway.asked.map(({ call, body }) => [call, body])).toEqual([
      [`${path}/replay`, undefined],
      [`${path}/discard`, { reason: 'a test of ours' }],
    ]);
  });
});

describe('deliveries replay-all', () => {
  const answers = { 'POST /api/v1/deliveries/replay': [{ count: 3 }] };

  it('says how many, and does nothing unless told to', async () => {
    const { code, err } = await asked(answers, 'replay-all', '--subscription', 'shop');

    expect(code).toBe(64);
    expect(err).toContain('3 dead deliveries would be sent again.');
    expect(gateway.asked.map(({ body }) => body)).toEqual([{ filter: { subscription: 'shop' }, dry_run: true }]);
  });

  it('sends them again after a yes', async () => {
    const { code, out } = await asked(answers, 'replay-all', '--model', 'sale.order', '--record-id', '42', '--yes');

    const filter = { model: 'sale.order', record_id: 42 };
    expect(gateway.asked.at(-1)?.body).toEqual({ filter, dry_run: false });
    expect([code, out]).toEqual([0, expect.stringMatching(/^3 deliveries are sent again\./)]);
  });

  it('wants to know which', async () => {
    expect((await asked(answers, 'replay-all', '--yes')).code).toBe(64);
  });
});
