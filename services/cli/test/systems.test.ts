import { SystemView } from '../src/api/shapes';
import { lagOf } from '../src/commands/systems';

describe('the list of systems', () => {
  const system = (lag_seconds: number | null): SystemView => ({
    ...{ id: 'paris', url: 'http://paris', sync_interval_seconds: 30, dead_letters_open: 0, check: null },
    pull: {
      ...{ last_event_id: 7, last_run_at: null, succeeded_at: null, last_event_at: null, swept_at: null, runs: 1 },
      lag_seconds,
    },
  });

  it('says nothing of an Odoo that is pulled as it should be', () => {
    expect(lagOf(system(90))).toEqual([]);
  });

  it('says how to see why one is not, though its last check was well', () => {
    expect(lagOf(system(91))).toEqual(['it was pulled 91 s ago, not every 30 s. See why: bridgecore pull paris']);
    expect(lagOf(system(null))).toEqual(['it was never pulled. See why: bridgecore pull paris']);
  });
});
