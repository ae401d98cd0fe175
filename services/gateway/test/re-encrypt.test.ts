import { Sealer, SealingKey } from '@bridgecore/runtime';
import { Answer } from './calls';
import {
  LYON,
  openSubscriptionStack,
  READER,
  sealingKey,
  sendTo,
  Sending,
  SubscriptionStack,
} from './subscription-stack';

const OLD = sealingKey('2025', 5);
const NEW = sealingKey('2026', 6);
const RE_ENCRYPT = '/api/v1/secrets/re-encrypt';

let stack: SubscriptionStack;
let rotated: { operatorUrl: string };

beforeAll(async () => {
  stack = await openSubscriptionStack({ sealingKeys: [OLD] });
  rotated = await stack.open({ sealingKeys: [NEW, OLD] });
});
afterEach(() => stack.clear());
afterAll(() => stack.close());

const reencrypt = (sending: Sending = {}, gateway = rotated): Promise<Answer> =>
  sendTo(gateway, 'POST', RE_ENCRYPT, sending);

interface Secret {
  readonly sealed: string;
  readonly key_id: string;
  readonly subscription_id: string;
}

const secrets = (): Promise<Secret[]> =>
  stack.source.query('select sealed, key_id, subscription_id from subscription_secrets order by id');

async function openedBy(...keys: SealingKey[]): Promise<string[]> {
  const sealer = new Sealer(keys);
  return Promise.all(
    (await secrets()).map(({ sealed, subscription_id }) => sealer.open(sealed, `subscription ${subscription_id}`)),
  );
}

/** As if its key had never been in the file: sealed by one that nobody has. */
async function lose(name: string): Promise<void> {
  const [row] = await stack.source.query<{ id: string }[]>('select id from subscriptions where name = $1', [name]);
  const { sealed } = await new Sealer([sealingKey('2019', 9)]).seal('whsec_lost', `subscription ${String(row?.id)}`);
  await stack.source.query(`update subscription_secrets set sealed = $2, key_id = '2019' where subscription_id = $1`, [
    row?.id,
    sealed,
  ]);
}

describe('putting secrets under another key', () => {
  it('moves every one, after which the old key is not needed', async () => {
    const made = [await stack.make({ name: 'a' }), await stack.make({ name: 'b', filter: { systems: ['lyon'] } })];

    const { status, body } = await reencrypt();

    expect([status, body]).toEqual([200, { re_encrypted: 2, already: 0, key_id: '2026' }]);
    expect(await openedBy(NEW)).toEqual(made.map(({ secret }) => secret));
    expect((await secrets()).map(({ key_id }) => key_id)).toEqual(['2026', '2026']);
    expect((await stack.audit()).slice(2)).toMatchObject([
      { action: 'secrets.reencrypted', system: null, detail: { subscription: 'a', re_encrypted: 1, key_id: '2026' } },
      { action: 'secrets.reencrypted', system: 'lyon', detail: { subscription: 'b', re_encrypted: 1, key_id: '2026' } },
    ]);
  });

  it('does nothing a second time', async () => {
    await stack.make();
    await reencrypt();
    const before = await secrets();

    const { body } = await reencrypt();

    expect(body).toEqual({ re_encrypted: 0, already: 1, key_id: '2026' });
    expect(await secrets()).toEqual(before);
    expect(await stack.audit()).toHaveLength(2);
  });

  it('moves each once when two ask at once', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await stack.make({ name });

    const answers = await Promise.all([reencrypt(), reencrypt(), reencrypt()]);

    const moved = answers.reduce((sum, { body }) => sum + Number(body['re_encrypted']), 0);
    expect([moved, answers.map(({ status }) => status)]).toEqual([4, [200, 200, 200]]);
    expect(await openedBy(NEW)).toHaveLength(4);
  });

  it('names the first few whose secret does not open in a sentence, and all as fields', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await stack.make({ name });
      await lose(name);
    }

    const { body } = await reencrypt();

    expect(body['detail']).toMatch(/but not 5: a: .* b: .* c: .*\. And 2 more\.$/);
    expect(body['errors']).toMatchObject(['a', 'b', 'c', 'd', 'e'].map((field) => ({ field })));
  });

  it('names whose secret does not open, moves the others, and goes on when its key is there', async () => {
    for (const name of ['a', 'b', 'c']) await stack.make({ name });
    await lose('b');

    const { status, body } = await reencrypt();
    const keys = (await secrets()).map(({ key_id }) => key_id);
    const restored = await stack.open({ sealingKeys: [NEW, OLD, sealingKey('2019', 9)] });
    const again = await reencrypt({}, restored);

    expect([status, body['code']]).toEqual([409, 'SECRETS_DISABLED']);
    expect(body['detail']).toMatch(/^2 secrets are under the key "2026", but not 1: b: .*no key "2019"/);
    expect(body['errors']).toMatchObject([{ field: 'b' }]);
    expect(JSON.stringify([body, stack.lines])).not.toMatch(/whsec_lost/);
    expect(keys).toEqual(['2026', '2019', '2026']);
    expect(again.body).toEqual({ re_encrypted: 1, already: 2, key_id: '2026' });
    expect((await openedBy(NEW))[1]).toBe('whsec_lost');
  });

  it('does the rest when it was broken off halfway', async () => {
    for (const name of ['a', 'b', 'c']) await stack.make({ name });
    const holder = stack.source.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`select id from subscriptions where name = 'b' for update`);

    const broken = await reencrypt();
    const keys = (await secrets()).map(({ key_id }) => key_id);
    await holder.rollbackTransaction();
    await holder.release();
    const again = await reencrypt();

    expect([broken.status, keys]).toEqual([503, ['2026', '2025', '2025']]);
    expect(again.body).toEqual({ re_encrypted: 2, already: 1, key_id: '2026' });
    expect(await openedBy(NEW)).toHaveLength(3);
  });

  it('brings back nothing of what is removed meanwhile', async () => {
    const names = Array.from({ length: 10 }, (_, n) => `s${n}`);
    for (const name of names) await stack.make({ name });

    const [moved, ...removed] = await Promise.all([
      reencrypt(),
      ...names.map((name) => stack.send('DELETE', `/${name}`)),
    ]);

    expect(moved.status).toBe(200);
    expect(removed.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect(await secrets()).toEqual([]);
  });

  it('leaves alone what has expired', async () => {
    await stack.make();
    await lose('shop');
    await stack.source.query(`update subscription_secrets set expires_at = now() - interval '1 second'`);

    expect((await reencrypt()).body).toEqual({ re_encrypted: 0, already: 0, key_id: '2026' });
  });

  it('takes those of the file along', async () => {
    await stack.make();
    await stack.source.query(`update subscriptions set origin = 'file'`);

    expect((await reencrypt()).body).toMatchObject({ re_encrypted: 1 });
  });

  it('leaves a secret as it was when its audit row cannot be written', async () => {
    await stack.make();
    const before = await secrets();
    await stack.source.query('alter table audit_logs add constraint nobody check (false) not valid');

    const { status } = await reencrypt();
    await stack.source.query('alter table audit_logs drop constraint nobody');

    expect(status).toBe(500);
    expect(await secrets()).toEqual(before);
  });

  it('is for operators who may do so for all', async () => {
    const answers = [
      await reencrypt({ key: READER }),
      await reencrypt({ key: LYON }),
      await reencrypt({ key: 'none' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 401]);
  });

  it('needs a key', async () => {
    const without = await stack.open({ sealingKeys: [] });

    const { status, body } = await reencrypt({}, without);

    expect([status, body['code']]).toEqual([409, 'SECRETS_DISABLED']);
    expect(body['detail']).toMatch(/SECRET_KEYS_FILE/);
  });
});
