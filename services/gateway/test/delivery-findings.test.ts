import { findingsOf } from '../src/why/findings';
import { Finding, ToldDelivery } from '../src/why/story';
import { verdictOf } from '../src/why/verdict';
import { before, deadOf, deliveryOf, eventOf, factsOf, receiverOf } from './why-facts';

const facts = (deliveries: ToldDelivery[]) => factsOf({ events: [eventOf()], deliveries });
const find = (...deliveries: ToldDelivery[]): Finding[] => findingsOf(facts(deliveries));
const told = (...deliveries: ToldDelivery[]): string[] =>
  find(...deliveries).map(({ severity, code }) => `${severity} ${code}`);
const verdict = (...deliveries: ToldDelivery[]) => verdictOf(facts(deliveries));

const FAILED = deliveryOf({ attempts: 3, last_status: 503, next_attempt_at: before(-300) });
const PAUSED = receiverOf({ state: 'paused', paused_by: 'operator', paused_at: before(7_300) });
const OPEN = receiverOf({ failures: 6, failing_since: before(600), open_until: before(-180) });

describe('the findings of deliveries', () => {
  it('are none when all is delivered', () => {
    expect(find(deliveryOf({ state: 'delivered', attempts: 1, closed_at: before(1), receiver: PAUSED }))).toEqual([]);
  });

  it('each have a text that ends as a sentence, and what is wrong has a hint', () => {
    const kept = [PAUSED, OPEN, receiverOf({ ...PAUSED, paused_by: 'gone', pause_reason: 'It answered 410.' })];
    const many = [
      ...kept.flatMap((receiver) => find(deliveryOf({ receiver }), { ...FAILED, receiver }, deadOf({ receiver }))),
      ...find(deliveryOf({ under_way: true }), { ...FAILED, subscription: 'b', under_way: true }),
      ...find(deliveryOf({ waits_behind: '11' }), deliveryOf({ subscription: 'b', next_attempt_at: before(90) })),
      ...find(deliveryOf({ state: 'discarded', closed_at: before(60) }), deadOf({ last_status: null })),
    ];

    expect(many.length).toBeGreaterThan(15);
    for (const { text, hint, severity } of many) {
      expect(text).toMatch(/^[A-Z].*[.)]$/);
      expect(`${text} ${hint ?? ''}`).not.toMatch(/undefined|null|NaN|\.\.|\s\s/);
      if (severity !== 'info') expect(hint).toMatch(/[.?]$/);
    }
  });

  it('tell one that was just written from one that nobody takes', () => {
    const [fresh] = find(deliveryOf());
    const [late] = find(deliveryOf({ next_attempt_at: before(300) }));

    expect(fresh).toMatchObject({ severity: 'info', code: 'DELIVERY_WAITS', system: 'odoo' });
    expect(late).toMatchObject({ severity: 'warning', code: 'DELIVERY_WAITS' });
    expect(late?.text).toBe('Event 7 is recorded and waits to be sent to "shop", due 5 minutes ago and not tried yet.');
    expect(late?.hint).toContain('Does a worker run');
  });

  it('name the delivery that goes first', () => {
    const [finding] = find(deliveryOf({ waits_behind: '11', next_attempt_at: before(300) }));

    expect(finding).toMatchObject({ severity: 'warning', code: 'DELIVERY_WAITS' });
    expect(finding?.text).toContain('delivery 11, of an earlier event of the record, is not through');
    expect(finding?.hint).toContain('`bridgecore deliveries show 11`');
  });

  it('tell what a failed try met, and when the next one is', () => {
    const [finding] = find(FAILED);

    expect(finding).toMatchObject({ severity: 'error', code: 'DELIVERY_FAILS' });
    expect(finding?.text).toBe(
      'Event 7 is recorded, but sending it to "shop" has failed 3 times so far: it answered 503. ' +
        'It is tried again by itself, in 5 minutes (at 2026-11-26T12:05:00.000Z) or soon after.',
    );
    expect(finding?.hint).toContain('`bridgecore deliveries show 12`');
  });

  it.each([
    [{ last_status: 500, last_error: 'the answer is no 2xx' }, 'it answered 500: the answer is no 2xx.'],
    [{ last_status: 500, last_error: 'It answered 500.' }, ': It answered 500. '],
    [{ last_status: null, last_error: 'ECONNREFUSED' }, ': ECONNREFUSED. '],
    [{ under_way: true }, 'It is being tried again just now.'],
    [{ next_attempt_at: before(1) }, 'It is about to be tried again.'],
    [{ receiver: PAUSED }, 'It is not tried again before the subscription is resumed.'],
    [{ receiver: receiverOf({ open_until: before(-900) }) }, 'in 15 minutes'],
  ])('say of %j what there is to say', (different, expected) => {
    expect(find({ ...FAILED, ...different }).find(({ code }) => code === 'DELIVERY_FAILS')?.text).toContain(expected);
  });

  it('name the commands for one that is dead', () => {
    const [finding] = find(deadOf());

    expect(finding).toMatchObject({ severity: 'error', code: 'DELIVERY_DEAD' });
    expect(finding?.text).toContain('was given up 2 hours ago after 12 tries');
    for (const verb of ['show', 'replay', 'discard'])
      expect(finding?.hint).toContain(`\`bridgecore deliveries ${verb} 12\``);
  });

  it('are one for each subscription, however many events of the record have met the same', () => {
    const shop = ['5', '6', '7'].map((event_id) => deadOf({ id: `1${event_id}`, event_id }));

    const found = find(...shop, deadOf({ subscription: 'erp', id: '20' }));

    expect(found.map(({ code }) => code)).toEqual(['DELIVERY_DEAD', 'DELIVERY_DEAD']);
    expect(found[0]?.text).toContain('Event 7 is recorded');
    expect(found[0]?.text).toContain('(and 2 other events of this record likewise)');
    expect(found[0]?.hint).toContain('`bridgecore deliveries replay-all --subscription shop`');
  });

  it.each([
    ['operator', 'by an operator: the shop moves.'],
    ['failures', 'every try had failed'],
    ['gone', 'answered 410'],
  ] as const)('tell who paused a subscription: %s', (paused_by, expected) => {
    const receiver = receiverOf({ ...PAUSED, paused_by, pause_reason: 'the shop moves' });

    const found = find(deliveryOf({ receiver }), deliveryOf({ id: '13', event_id: '8', receiver }));

    expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      ...['error SUBSCRIPTION_PAUSED', 'info DELIVERY_WAITS'],
    ]);
    expect(found[0]?.text).toContain('Nothing is sent to "shop": it was paused 2 hours ago');
    expect(found[0]?.text).toContain(expected);
    expect(found[0]?.text).toContain('2 deliveries wait for it');
    expect(found[0]?.hint).toContain('`bridgecore subscriptions resume shop`');
  });

  it('tell the breaker from a receiver that asks to be left alone, until it is over', () => {
    const waiting = (receiver: ToldDelivery['receiver']) => find(deliveryOf({ receiver }))[0];

    expect(waiting(OPEN)).toMatchObject({ severity: 'warning', code: 'SUBSCRIPTION_OPEN' });
    expect(waiting(OPEN)?.text).toBe(
      'Nothing is sent to "shop" for 3 minutes (until 2026-11-26T12:03:00.000Z): the last 6 tries failed (for 10 minutes).',
    );
    expect(waiting({ ...OPEN, failures: 1 })?.text).toContain('asked to be left alone');
    expect(told(deliveryOf({ receiver: { ...OPEN, open_until: before(1) } }))).toEqual(['info DELIVERY_WAITS']);
  });
});

describe('the verdict on deliveries', () => {
  it('is that it is recorded while they are on their way or through', () => {
    expect(verdict(deliveryOf(), deliveryOf({ state: 'delivered' })).code).toBe('RECORDED');
    expect(verdict(deliveryOf({ state: 'discarded', closed_at: before(1) })).code).toBe('RECORDED');
    expect(verdictOf(factsOf({ events: [eventOf()], deliveries: null })).code).toBe('RECORDED');
  });

  it.each([
    ['is dead', deadOf(), 'sending event 7 to "shop" was given up'],
    ['has failed', FAILED, 'event 7 waits for "shop" after 3 tries'],
    ['is paused', deliveryOf({ receiver: PAUSED }), 'event 7 waits, since "shop" is paused'],
    ['must wait for the breaker', deliveryOf({ receiver: OPEN }), 'event 7 waits for "shop"'],
    ['is overdue', deliveryOf({ next_attempt_at: before(90) }), 'event 7 waits for "shop"'],
  ])('is that it is not delivered when one %s', (_, delivery, expected) => {
    const { code, text } = verdict(deliveryOf({ state: 'delivered' }), delivery);

    expect(code).toBe('RECORDED_NOT_DELIVERED');
    expect(text).toContain(`not everything is handed on yet: ${expected}.`);
  });

  it('names what is given up before what is tried again', () => {
    expect(verdict(deadOf({ event_id: '6' }), FAILED).text).toContain(
      'sending event 6 to "shop" was given up (one of 2 such deliveries).',
    );
  });
});
