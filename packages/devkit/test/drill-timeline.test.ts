import { tolls } from '../src/drill/timeline';

describe('what faults cost', () => {
  const disturbance = { fault: 'redis:kill', victim: 'redis', from: 1_000, to: 2_000 };

  it('is the longest silence, and how long what came meanwhile took after it', () => {
    const passages = [
      { at: 900, recorded_at: 950 },
      { at: 1_100, recorded_at: 2_500 },
      { at: 1_900, recorded_at: 3_200 },
      { at: 2_600, recorded_at: 2_700 },
    ];

    expect(tolls([disturbance], passages)).toEqual([
      { fault: 'redis:kill', times: 1, longestStallMs: 1_500, longestRecoveryMs: 1_200 },
    ]);
  });

  it('is the worst of several of one name', () => {
    const later = { ...disturbance, from: 10_000, to: 10_500 };

    expect(tolls([later, disturbance], [{ at: 10_200, recorded_at: 10_600 }])).toEqual([
      { fault: 'redis:kill', times: 2, longestStallMs: 1_000, longestRecoveryMs: 100 },
    ]);
  });
});
