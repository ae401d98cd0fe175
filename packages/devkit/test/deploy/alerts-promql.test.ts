import { selectorsOf } from './alerts-promql';

describe('the metrics that a query reads', () => {
  it('have their matchers', () => {
    const found = selectorsOf('rate(a_total{queue="x", retry=~"true|false"}[$__rate_interval]) > 0');

    expect(found).toEqual([
      {
        metric: 'a_total',
        grouping: [],
        matchers: [
          { label: 'queue', operator: '=', value: 'x' },
          { label: 'retry', operator: '=~', value: 'true|false' },
        ],
      },
    ]);
  });

  it('have the labels by which they are grouped or joined, and not those by which a filter is', () => {
    const found = selectorsOf('max by (system) (a) unless on (system) b unless on () max(c)');

    expect(found.map(({ metric, grouping }) => [metric, grouping])).toEqual([
      ['a', ['system']],
      ['b', ['system']],
      ['c', []],
    ]);
  });

  it.each(['sum(a{b=})', 'a and', 'sum by (a b'])('are not read from %s', (query) => {
    const read = (): unknown => selectorsOf(query);

    expect(read).toThrow(/is no PromQL|Half/);
  });
});
