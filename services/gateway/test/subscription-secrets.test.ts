import { JsonRecord } from '@bridgecore/contracts';
import { Sealer } from '@bridgecore/runtime';
import { Answer } from './calls';
import { openSubscriptionStack, sealingKey, sendTo, SubscriptionStack } from './subscription-stack';

const GIVEN = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

let stack: SubscriptionStack;

beforeAll(async () => {
  stack = await openSubscriptionStack();
});
afterEach(() => stack.clear());
afterAll(() => stack.close());

const add = (body?: unknown): Promise<Answer> =>
  stack.send('POST', '/shop/secrets', body === undefined ? {} : { body });
const remove = (id: unknown): Promise<Answer> => stack.send('DELETE', `/shop/secrets/${String(id)}`);

interface Shown {
  readonly id: string;
  readonly expires_at: string | null;
}

const shown = async (): Promise<Shown[]> => (await stack.send('GET', '/shop')).body['secrets'] as Shown[];

/** What messages are signed with, newest first. */
async function plain(): Promise<string[]> {
  const sealer = new Sealer([sealingKey('2026', 1)]);
  const rows = await stack.source.query<{ sealed: string; subscription_id: string }[]>(
    'select sealed, subscription_id from subscription_secrets where coalesce(expires_at > now(), true) order by id desc',
  );
  return Promise.all(rows.map(({ sealed, subscription_id: id }) => sealer.open(sealed, `subscription ${id}`)));
}

const secondsLeft = ({ expires_at }: Shown): number =>
  Math.round((Date.parse(String(expires_at)) - Date.now()) / 1_000);

describe('adding a secret', () => {
  it('tells the one that was made once, and gives the others a day', async () => {
    const { secret: first } = await stack.make();

    const { status, body } = await add();

    const [newest, older] = await shown();
    expect([status, Object.keys(body)]).toEqual([201, ['id', 'secret']]);
    expect(await plain()).toEqual([body['secret'], first]);
    expect([newest?.id, newest?.expires_at]).toEqual([body['id'], null]);
    expect(older && Math.abs(secondsLeft(older) - 86_400)).toBeLessThan(600);
    expect((await stack.audit()).at(-1)).toMatchObject({
      action: 'subscription.secret_added',
      detail: { subscription: 'shop', secret_id: body['id'], key_id: '2026', expire_others_in_seconds: 86_400 },
    });
    for (const kept of [await stack.audit(), stack.lines]) {
      expect(JSON.stringify(kept)).not.toContain(String(body['secret']).slice(6));
    }
  });

  it('takes one that is given, and does not repeat it', async () => {
    await stack.make();

    const { status, body } = await add({ secret: GIVEN, expire_others_in_seconds: 0 });

    expect([status, Object.keys(body)]).toEqual([201, ['id']]);
    expect(await plain()).toEqual([GIVEN]);
    expect(await shown()).toMatchObject([{ id: body['id'] }]);
    expect(JSON.stringify([await stack.audit(), stack.lines])).not.toContain(GIVEN);
  });

  it('lets none live longer than it was to', async () => {
    await stack.make();
    await add({ expire_others_in_seconds: 3_600 });
    await add({ expire_others_in_seconds: 86_400 });

    const left = (await shown()).slice(1).map(secondsLeft);

    expect(left[0]).toBeGreaterThan(80_000);
    expect(left[1]).toBeLessThanOrEqual(3_600);
  });

  it('keeps five at most, of which expired ones are none', async () => {
    await stack.make();
    for (let n = 0; n < 4; n += 1) expect((await add()).status).toBe(201);

    const refused = await add();
    const before = await plain();
    const fresh = await add({ expire_others_in_seconds: 0 });

    expect([refused.status, refused.body['code']]).toEqual([409, 'SECRETS_BOUNDED']);
    expect(before).toHaveLength(5);
    expect([fresh.status, await plain()]).toEqual([201, [fresh.body['secret']]]);
  });

  it('adds each, when two add at once, and no more than there may be', async () => {
    await stack.make();

    const answers = await Promise.all(Array.from({ length: 6 }, () => add()));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 409, 409]);
    expect(await plain()).toHaveLength(5);
    expect((await shown()).filter(({ expires_at }) => expires_at === null)).toHaveLength(1);
  });

  it.each([
    ['a short secret', '{"secret":"whsec_short-secret"}', 'secret'],
    ['a secret that is null', '{"secret":null}', 'secret'],
    ['a secret that is an object', '{"secret":{"constructor":1}}', 'secret'],
    ['a time before now', '{"expire_others_in_seconds":-1}', 'expire_others_in_seconds'],
    ['a time that is none', '{"expire_others_in_seconds":null}', 'expire_others_in_seconds'],
    ['a time beyond all', '{"expire_others_in_seconds":1e300}', 'expire_others_in_seconds'],
    ['a misspelt field', '{"secrets":[]}', 'secrets'],
  ])('is refused with %s', async (_, body, field) => {
    await stack.make();

    const answer = await add(body);

    expect([answer.status, answer.body['code']]).toEqual([422, 'REQUEST_INVALID']);
    expect((answer.body['errors'] as JsonRecord[]).map((error) => error['field'])).toEqual([field]);
    expect(await plain()).toHaveLength(1);
    expect(JSON.stringify([answer.body, stack.lines])).not.toContain('short-secret');
  });

  it('leaves the others as they were where there is no key to keep it with', async () => {
    await stack.make();
    const gateway = await stack.open({ sealingKeys: [] });

    const { status, body } = await sendTo(gateway, 'POST', '/api/v1/subscriptions/shop/secrets');

    expect([status, body['code']]).toEqual([409, 'SECRETS_DISABLED']);
    expect(await shown()).toMatchObject([{ expires_at: null }]);
  });
});

describe('removing a secret', () => {
  it('takes an older one away at once', async () => {
    await stack.make();
    const { body } = await add();
    const [, older] = await shown();

    const { status, body: answer } = await remove(older?.id);

    expect([status, answer]).toEqual([200, { removed: true }]);
    expect(await plain()).toEqual([body['secret']]);
    expect((await stack.audit()).at(-1)).toMatchObject({
      action: 'subscription.secret_removed',
      detail: { subscription: 'shop', secret_id: older?.id },
    });
  });

  it('leaves the last one that does not expire', async () => {
    await stack.make();
    await add();
    const [newest] = await shown();

    const { status, body } = await remove(newest?.id);

    expect([status, body['code']]).toEqual([409, 'SECRETS_BOUNDED']);
    expect(await plain()).toHaveLength(2);
  });

  it('leaves one when two take one each', async () => {
    await stack.make({ secrets: [GIVEN, GIVEN] });
    const ids = (await shown()).map(({ id }) => id);

    const answers = await Promise.all(ids.map(remove));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await plain()).toHaveLength(1);
  });

  it.each(['0', 'x', "1'", '9'.repeat(30), '-1'])('is not found: %s', async (id) => {
    await stack.make();

    expect(await remove(id)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('does not find that of another subscription', async () => {
    await stack.make();
    const other = await stack.make({ name: 'other', secrets: [GIVEN, GIVEN] });
    const [theirs] = other['secrets'] as Shown[];

    expect((await remove(theirs?.id)).status).toBe(404);
    expect(await plain()).toHaveLength(3);
  });
});
