import { unsayable } from '../src/sync/content';
import { FieldState, merge, MergeSettings } from '../src/sync/merge';

/** A field that both sides have agreed on and nobody has changed. */
function field(name: string, different: Partial<FieldState> = {}): FieldState {
  const hashes = { source: 'a', target: 'a', agreedSource: 'a', agreedTarget: 'a' };
  return { name, ...hashes, isMissing: false, differs: false, isEmpty: false, ...different };
}
const changedInSource = (name: string) => field(name, { source: 'b', differs: true });
const changedInTarget = (name: string) => field(name, { target: 'c', differs: true });
const never = (name: string, different: Partial<FieldState> = {}) =>
  field(name, {
    agreedSource: undefined,
    agreedTarget: undefined,
    source: 's',
    target: 't',
    differs: true,
    ...different,
  });

const SETTINGS: MergeSettings = { winner: 'source', isSourceNewer: true, isOurs: false };
const merged = (fields: FieldState[], different: Partial<MergeSettings> = {}) =>
  merge(fields, { ...SETTINGS, ...different });

describe('merging two records', () => {
  it('writes nothing when nothing was changed, even where they have agreed to differ', () => {
    const rewritten = field('phone', { source: 'x', agreedSource: 'x', target: 'y', agreedTarget: 'y', differs: true });

    expect(merged([field('name'), rewritten])).toMatchObject({ verdict: 'same', write: [], isConflict: false });
  });

  it.each(['source', 'target', 'newest', 'nobody'] as const)(
    'writes what only the source has changed, whoever wins: %s',
    (winner) => {
      const fields = [changedInSource('city'), field('name')];

      expect(merged(fields, { winner, isSourceNewer: false })).toMatchObject({ verdict: 'update', write: ['city'] });
    },
  );

  it.each(['source', 'target', 'newest', 'nobody'] as const)(
    'keeps what only the target has changed, whoever wins: %s',
    (winner) => {
      const fields = [changedInTarget('city'), field('name')];

      expect(merged(fields, { winner })).toMatchObject({
        verdict: 'keep',
        write: [],
        kept: ['city'],
        isConflict: false,
      });
    },
  );

  it.each([
    ['source', true, { verdict: 'update', write: ['city', 'phone'] }],
    ['target', true, { verdict: 'keep', write: [] }],
    ['newest', true, { verdict: 'update', write: ['city', 'phone'] }],
    ['newest', false, { verdict: 'keep', write: [] }],
    ['nobody', true, { verdict: 'report', write: [] }],
  ] as const)(
    'settles a record that both have changed as a whole: %s wins, source newer %s',
    (winner, isSourceNewer, outcome) => {
      const fields = [changedInSource('city'), changedInTarget('phone'), field('name')];

      expect(merged(fields, { winner, isSourceNewer })).toMatchObject({ ...outcome, isConflict: true });
    },
  );

  it('takes a change that both have made alike for no conflict', () => {
    const alike = field('city', { source: 'b', target: 'b' });

    expect(merged([alike], { winner: 'nobody' })).toMatchObject({ verdict: 'same', isConflict: false });
  });

  it('takes its own unfinished writing for nobody’s change', () => {
    const halfDone = field('city', { source: 'b', target: 'z', differs: true });

    expect(merged([halfDone], { winner: 'nobody', isOurs: true })).toMatchObject({
      verdict: 'update',
      write: ['city'],
    });
  });

  describe('with a relation that the target cannot have', () => {
    const missing = field('country_id', { agreedSource: unsayable('a'), isMissing: true });
    const possible = field('country_id', { agreedSource: unsayable('a'), differs: true });

    it('waits for it', () => {
      expect(merged([missing, field('name')])).toMatchObject({ verdict: 'same', write: [] });
    });

    it('fills it when it can, beside what the target has changed', () => {
      expect(merged([possible, changedInTarget('phone')], { winner: 'nobody' })).toMatchObject({
        ...{ verdict: 'update', write: ['country_id'], kept: ['phone'], isConflict: false },
      });
    });

    it('does not fill it over what the target has put there', () => {
      const taken = field('country_id', { agreedSource: unsayable('a'), target: 'c', differs: true });

      expect(merged([taken])).toMatchObject({ verdict: 'keep', write: [], kept: ['country_id'] });
    });
  });

  describe('that never agreed', () => {
    it.each([
      ['source', { verdict: 'update', write: ['name', 'city'] }],
      ['target', { verdict: 'keep', write: [] }],
      ['nobody', { verdict: 'report', write: [] }],
    ] as const)('goes by the winner: %s', (winner, outcome) => {
      expect(merged([never('name'), never('city')], { winner })).toMatchObject({
        ...outcome,
        isFirst: true,
        isConflict: false,
      });
    });

    it('on one field that came later, leaves to a person what has a value on both sides', () => {
      const fields = [changedInSource('name'), never('tags', { isEmpty: true }), never('ref')];

      expect(merged(fields, { winner: 'nobody' })).toMatchObject({ verdict: 'report', write: [], isConflict: false });
    });

    it('on one field that came later only, fills that where it is empty', () => {
      const fields = [field('name'), never('tags', { isEmpty: true })];

      expect(merged(fields, { winner: 'nobody' })).toMatchObject({
        verdict: 'update',
        write: ['tags'],
        isConflict: false,
      });
    });
  });
});
