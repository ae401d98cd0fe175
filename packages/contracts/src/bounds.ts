import { invalid } from './parse';

/** Deeper nesting than this is refused: no Odoo payload has more than five levels, and what walks it recurses. */
export const MAX_DEPTH = 32;

/**
 * Refuses what would harm whatever walks, stores or compares the value later: nesting over `MAX_DEPTH`, keys that
 * reach a prototype, numbers that JSON cannot write back. Runs before everything else and without recursion.
 */
export function assertHarmless(value: unknown): void {
  const pending = [{ value, path: '', depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    assertScalar(next.value, next.path);
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) {
      throw invalid([{ field: '', message: `The body is nested deeper than ${MAX_DEPTH} levels` }]);
    }
    for (const [key, child] of Object.entries(next.value)) {
      const path = next.path === '' ? key : `${next.path}.${key}`;
      assertKey(key, path);
      pending.push({ value: child, path, depth: next.depth + 1 });
    }
  }
}

function assertScalar(value: unknown, field: string): void {
  if (typeof value !== 'number' || Number.isFinite(value)) return;
  throw invalid([{ field, message: 'is a number too large to be kept exactly (the largest is about 1.8e308)' }]);
}

function assertKey(key: string, field: string): void {
  if (key !== '__proto__') return;
  throw invalid([{ field: field.slice(0, 200), message: 'is a key that is not allowed' }]);
}
