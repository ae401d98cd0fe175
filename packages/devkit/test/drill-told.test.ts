import type { EventRow } from '../src/drill/evidence';
import { reconcileTold, type Told } from '../src/drill/told';
import type { Received } from '../src/fake-receiver/index';

const row = (id: number, system = 'lyon'): EventRow => ({
  ...{ id: String(id), system, push_id: null, pull_id: null, marker: null, recorded_at: 0 },
});

const came = (event: number, id = `msg_${event}`, record_id = 1): Received => ({
  ...{ id, timestamp: 0, arrivedAt: 0, signature: 'v1,x', headers: {} },
  body: {
    type: 'sale.order.write',
    timestamp: '',
    data: { id: String(event), system: 'lyon', model: 'sale.order', record_id },
  },
});

/** What came at its first try each, unless said otherwise. */
const told = (distinct: readonly Received[], different: Partial<Told> = {}): Told => ({
  ...{ name: 'all', wants: () => true, isOrdered: false, received: distinct, distinct, unverified: [] },
  ...different,
});

const ofLyon = ({ system }: EventRow): boolean => system === 'lyon';

describe('what the drill finds of receivers', () => {
  it.each<[string, EventRow[], Told, string[]]>([
    ['nothing when each has come', [row(1), row(2)], told([came(2), came(1)]), []],
    ['nothing when one came again as it was', [row(1)], told([came(1)], { received: [came(1), came(1)] }), []],
    [
      'nothing when it does not want the missing one',
      [row(1), row(2, 'paris')],
      told([came(1)], { wants: ofLyon }),
      [],
    ],
    ['an event that is missing', [row(1), row(2)], told([came(1)]), ['untold']],
    ['one that came, and was never accepted', [row(1)], told([], { received: [came(1)] }), ['untold']],
    ['one that it does not want', [row(1, 'paris')], told([came(1)], { wants: ofLyon }), ['unwanted']],
    ['one that was never recorded', [], told([came(1)]), ['unwanted']],
    ['a repeat by another id', [row(1)], told([came(1)], { received: [came(1), came(1, 'msg_2')] }), ['renamed']],
    [
      'two events by one id',
      [row(1), row(2)],
      told([came(1), came(2)], { received: [came(1), came(2, 'msg_1')] }),
      ['renamed'],
    ],
    ['a record out of order', [row(1), row(2)], told([came(2), came(1)], { isOrdered: true }), ['disordered']],
    [
      'nothing when two records overtake each other',
      [row(1), row(2)],
      told([came(2), came(1, 'msg_1', 7)], { isOrdered: true }),
      [],
    ],
    ['what does not verify', [], told([], { unverified: ['No matching signature found'] }), ['forged']],
  ])('%s', (_, rows, receiver, expected) => {
    expect(reconcileTold(rows, [receiver]).map(({ check }) => check)).toEqual(expected);
  });
});
