import { JsonRecord } from '@bridgecore/contracts';
import { readPage } from '../src/feed/page';
import { decodePosition, encodePosition } from '../src/feed/position';
import { Answer } from './calls';
import { clearFeed, deleteUpTo, FeedStack, idsIn, openFeedStack, PARIS_KEY, positionIn } from './feed-stack';
import { PUSH_KEY } from './test-keys';

let stack: FeedStack;

beforeAll(async () => {
  stack = await openFeedStack();
});
afterEach(() => clearFeed(stack));
afterAll(() => stack.close());

const many = (count: number, event: JsonRecord = {}): JsonRecord[] =>
  Array.from({ length: count }, (_, n) => ({ record_id: n, ...event }));

/** Reads to the end from somewhere; every answer. */
async function readOn(query: string, after = 'beginning'): Promise<Answer[]> {
  const pages = [await stack.feed(`${query}&after=${after}`)];
  for (let page = pages[0]; page?.body['has_more'] === true && pages.length < 50; page = pages.at(-1)) {
    pages.push(await stack.feed(`${query}&after=${positionIn(page)}`));
  }
  return pages;
}

describe('GET /api/v1/feed', () => {
  it('pages through the events of one system from the beginning, each once, and goes on with what comes later', async () => {
    await stack.recorded.add(...many(23).flatMap((event) => [event, { ...event, system: 'paris' }]));

    const pages = await readOn('limit=10');
    const rest = await stack.feed(`after=${positionIn(pages.at(-1) as Answer)}`);
    await stack.recorded.add({}, { system: 'paris' });
    const later = await stack.feed(`after=${positionIn(rest)}`);

    expect(pages.map((page) => idsIn(page).length)).toEqual([10, 10, 3]);
    expect(pages.flatMap(idsIn)).toEqual(Array.from({ length: 23 }, (_, n) => n * 2 + 1));
    expect(rest.body).toMatchObject({ events: [], has_more: false, epoch_changed: false, gap: false });
    expect(positionIn(rest)).toBe(positionIn(pages.at(-1) as Answer));
    expect(idsIn(later)).toEqual([47]);
  });

  it('shows an event as every API does', async () => {
    await stack.recorded.add({ push_id: '8', pull_id: 447 });

    const { body } = await stack.feed();

    expect(body['events']).toEqual([
      {
        ...{ id: '1', system: 'odoo', model: 'sale.order', record_id: 25, operation: 'write', priority: 'high' },
        ...{ category: 'business', user_id: null, user_name: null, changed_fields: ['state'], push_id: '8' },
        ...{ occurred_at: '2026-11-23T06:22:26.000Z', received_at: '2026-11-23T06:22:27.500Z', pull_id: '447' },
        ...{ pushed_at: null, pulled_at: null, data: { id: 25, name: 'S00025' }, is_test: false },
        correlation_id: 'request-1',
      },
    ]);
  });

  it('leaves out other models and tests, and moves on over them', async () => {
    await stack.recorded.add({}, { model: 'res.partner' }, { model: 'x.y' }, { is_test: true }, { model: 'x.z' });

    const some = await stack.feed('models=sale.order,res.partner');
    const none = await stack.feed(`models=a.b&after=beginning`);
    const tests = await stack.feed('tests=true');

    expect(idsIn(some)).toEqual([1, 2]);
    expect(none.body).toMatchObject({ events: [], has_more: false });
    expect([some, none, tests].map((answer) => decodePosition(positionIn(answer))?.id)).toEqual([5n, 5n, 5n]);
    expect(idsIn(tests)).toEqual([1, 2, 3, 4, 5]);
  });

  it('looks at a bounded number of events for a rare model, and says that there is more', async () => {
    await stack.recorded.add(...many(5_003, { data: {} }), { model: 'x.rare' });

    const pages = await readOn('models=x.rare');

    expect(pages.map(({ body }) => [body['has_more'], (body['events'] as unknown[]).length])).toEqual([
      [true, 0],
      [false, 1],
    ]);
  });

  it('ends a page by its bytes, and never without an event', async () => {
    const noise = Array.from({ length: 40_000 }, () => Math.random().toString(36)).join('');
    await stack.recorded.add(...many(7, { data: { noise } }));

    const pages = await readOn('limit=1000');

    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(idsIn)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('keeps only the last event of each record in a page with coalesce=latest, and says for how many it stands', async () => {
    const records = [1, 2, 1, 1, 3, 2].map((record_id) => ({ record_id }));
    await stack.recorded.add(...records, { record_id: 1, model: 'res.partner' });

    const { body } = await stack.feed('coalesce=latest');

    expect(body['events']).toMatchObject([
      { id: '4', record_id: 1, coalesced: 3 },
      { id: '5', record_id: 3, coalesced: 1 },
      { id: '6', record_id: 2, coalesced: 2 },
      { id: '7', model: 'res.partner', coalesced: 1 },
    ]);
    expect(decodePosition(String(body['position']))?.id).toBe(7n);
  });

  it('begins with what comes from now on, also where nothing was yet', async () => {
    const empty = await stack.feed('after=now');
    await stack.recorded.add({}, { system: 'paris' }, {});
    const full = await stack.feed('after=now');
    await stack.recorded.add({});

    expect([empty, full].map(idsIn)).toEqual([[], []]);
    expect(idsIn(await stack.feed(`after=${positionIn(empty)}`))).toEqual([1, 3, 4]);
    expect(idsIn(await stack.feed(`after=${positionIn(full)}`))).toEqual([4]);
  });

  it('begins with what was recorded since a time, and a minute before', async () => {
    await stack.recorded.add(...many(60));
    await stack.recorded.source.query(
      `update webhook_events set recorded_at = '2026-11-23T07:00:00Z'::timestamptz + id * interval '30 seconds'`,
    );

    const [middle, before, after] = await Promise.all(
      ['2026-11-23T07:15:00Z', '2020-01-01', '9999-01-01'].map((time) => stack.feed(`after=${time}`)),
    );

    expect(idsIn(middle as Answer)).toEqual(Array.from({ length: 33 }, (_, n) => n + 28));
    expect(idsIn(before as Answer)).toHaveLength(60);
    expect(idsIn(after as Answer)).toEqual([]);
  });

  it('tells of events after a position that are not kept any more, once they are missed', async () => {
    await stack.recorded.add(...many(6));
    const early = positionIn(await stack.feed('limit=2'));
    const late = positionIn(await stack.feed('limit=4'));
    await deleteUpTo(stack.recorded, 4);

    const missed = await stack.feed(`after=${early}`);
    const seen = await stack.feed(`after=${late}`);
    const beginning = await stack.feed('after=beginning');

    expect([missed, seen, beginning].map(({ body }) => body['gap'])).toEqual([true, false, false]);
    expect([missed, seen, beginning].map(idsIn)).toEqual([
      [5, 6],
      [5, 6],
      [5, 6],
    ]);
  });

  it('shows what the clean-up has left before what it has deleted', async () => {
    await stack.recorded.add(...many(5));
    const early = positionIn(await stack.feed('limit=1'));
    await stack.recorded.source.query('update webhook_events set system = $1 where id = 2', ['kept']);
    await deleteUpTo(stack.recorded, 4);
    await stack.recorded.source.query('update webhook_events set system = $1 where id = 2', ['odoo']);

    const page = await stack.feed(`after=${early}&limit=1`);
    const rest = await stack.feed(`after=${positionIn(page)}`);

    expect([page, rest].map(idsIn)).toEqual([[2], [5]]);
    expect(rest.body).toMatchObject({ has_more: false, epoch_changed: false });
  });

  it('tells of a gap when the clean-up comes while a page is read', async () => {
    await stack.recorded.add(...many(5));
    const { source } = stack.recorded;
    const asker = {
      dataSource: source,
      query: async <Rows>(sql: string, values: unknown[]): Promise<Rows> => {
        if (sql.includes('with newest')) await deleteUpTo(stack.recorded, 3); // after the floor was looked at
        return source.query<Rows>(sql, values);
      },
    };

    const read = { system: 'odoo', limit: 10, models: null, tests: false };
    const page = await readPage(asker, { ...read, after: { id: 1n, at: 0n } });

    expect(page.events.map(({ id }) => id)).toEqual(['4', '5']);
    expect(page.hasGap).toBe(true);
  });

  it('tells of a gap only once, also when nothing is left', async () => {
    await stack.recorded.add(...many(3));
    const early = positionIn(await stack.feed('limit=1'));
    await deleteUpTo(stack.recorded, 3);

    const missed = await stack.feed(`after=${early}`);
    const next = await stack.feed(`after=${positionIn(missed)}`);

    expect([missed, next].map(({ body }) => body['gap'])).toEqual([true, false]);
  });

  it('shows a key of one system that one, without its name, and no other', async () => {
    await stack.recorded.add({}, { system: 'paris' });

    const own = await stack.feed('', PARIS_KEY);
    const other = await stack.feed('system=odoo', PARIS_KEY);

    expect(idsIn(own)).toEqual([2]);
    expect(other).toMatchObject({ status: 403 });
  });

  it('shows every system to a key of none, which must say which one', async () => {
    const [unknown, empty] = await Promise.all([stack.feed('system=lyon'), stack.feed('system=')]);
    const { status } = await stack.feed('', PUSH_KEY);

    expect([unknown, empty].map((answer) => answer.status)).toEqual([400, 400]);
    expect(unknown.body['detail']).toBe('system is not a system here; there are odoo, paris.');
    expect(status).toBe(403);
  });

  it.each([
    ...['after=', 'after=17', 'after=AAAA', 'after=yesterday', 'limit=0', 'limit=1001', 'models=', 'models=a,,b'],
    ...['models=A', 'coalesce=first', 'tests=1', 'tests=true&tests=true'],
  ])('answers 400 and names the parameter when asked for %s', async (query) => {
    const { status, body } = await stack.feed(query);

    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ field: query.split('=')[0] }]);
  });

  it('says what after may be when it is none of that', async () => {
    const { body } = await stack.feed('after=yesterday');

    expect(body['detail']).toBe(
      'after must be beginning, now, a time as 2026-11-23T06:22:26Z, or a position that was given here.',
    );
  });

  it('refuses a position of another system by name, and a misspelt parameter', async () => {
    const foreign = positionIn(await stack.feed('system=paris'));

    const [other, misspelt] = await Promise.all([stack.feed(`after=${foreign}`), stack.feed('modles=a')]);

    expect([other, misspelt].map(({ status }) => status)).toEqual([400, 400]);
    expect(other.body['detail']).toBe('after is a position of the system "paris", not of "odoo".');
  });

  it('takes a position with an absurd time as one of another database', async () => {
    await stack.recorded.add({});
    const position = decodePosition(positionIn(await stack.feed())) ?? { system: '', epoch: '', id: 0n, at: 0n };
    const absurd = encodePosition({ ...position, at: 2n ** 63n - 1n, id: 2n ** 63n - 1n });

    const { status, body } = await stack.feed(`after=${absurd}`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ epoch_changed: true });
  });
});

describe('a join', () => {
  it('shows no event again', async () => {
    await stack.recorded.add({ push_id: '8' }, {});
    const position = positionIn(await stack.feed());
    await stack.recorded.source.query(`update webhook_events set pull_id = 5, occurred_at = now() where id = 1`);

    expect(idsIn(await stack.feed(`after=${position}`))).toEqual([]);
  });
});
