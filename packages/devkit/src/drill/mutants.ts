import { type Conditions, CONDITIONS } from './conditions';
import type { Check } from './reconcile';

/** A promise broken on purpose: places of compiled code that are changed as they are loaded. */
export interface Mutant {
  /** The check of the drill that must object. */
  readonly caughtBy: Check;
  /** The end of the module's path. */
  readonly module: string;
  readonly changes: readonly (readonly [from: string, to: string])[];
  /** The faults that meet it, and how. */
  readonly faults: readonly string[];
  readonly conditions: Conditions;
}

/** A window that is there all the same, only wide enough to be met within half a minute. */
const PAUSE = 'await new Promise((resolve) => setTimeout(resolve, 400));';

const BRIEF: Conditions = { ...CONDITIONS, isNotified: false, settleMs: 10_000 };
/** Frozen longer than it takes the other one to take over, while runs follow each other without a gap. */
const FROZEN: Conditions = {
  ...BRIEF,
  ...{ workers: 2, faultMs: { from: 5_000, to: 7_000 }, calmMs: { from: 500, to: 1_500 }, odooLatencyMs: 400 },
};

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'key-before-commit': {
    caughtBy: 'lost',
    module: 'services/worker/dist/src/record/record.js',
    changes: [
      [
        'const recorded = await commit(system, events, stores, advance);',
        `await stores.seen.add(events); ${PAUSE} const recorded = await commit(system, events, stores, advance);`,
      ],
    ],
    faults: ['postgres:kill', 'worker:kill'],
    conditions: BRIEF,
  },
  'acknowledgement-before-commit': {
    caughtBy: 'unbacked',
    module: 'services/worker/dist/src/pull/record-page.js',
    changes: [
      [
        'const recorded = await (0, record_1.record)(',
        `await (0, acknowledge_1.acknowledge)(run, page.ids); ${PAUSE} const recorded = await (0, record_1.record)(`,
      ],
    ],
    faults: ['postgres:kill', 'worker:kill'],
    conditions: BRIEF,
  },
  'no-fence': {
    caughtBy: 'overtaken',
    module: 'services/worker/dist/src/record/store.js',
    changes: [
      ['where system = $1 and fence = $2', 'where system = $1 and $2::bigint > 0'],
      ['async function lockSystem(tx, system) {', `async function lockSystem(tx, system) { ${PAUSE}`],
    ],
    faults: ['worker:pause'],
    conditions: FROZEN,
  },
  'no-sweep': {
    caughtBy: 'lost',
    module: 'services/worker/dist/src/pull/pull-run.js',
    changes: [['!(0, sweep_1.isSweepDue)(start, pulled, sweepEvery)', 'true']],
    faults: ['none'],
    conditions: BRIEF,
  },
  'lock-freed-without-comparing': {
    caughtBy: 'robbed',
    module: 'packages/runtime/dist/src/lock.js',
    changes: [['setTtl(lock, 0).then', 'lock.redis.del(lock.key).then']],
    faults: ['worker:pause'],
    conditions: FROZEN,
  },
  'twin-without-partner-check': {
    caughtBy: 'lost',
    module: 'services/worker/dist/src/record/match.js',
    changes: [["(event.origin === 'push' ? row.pushed_at : row.pulled_at) === null &&", '']],
    faults: ['none'],
    conditions: BRIEF,
  },
};
