import { BridgeError } from './errors';
import { invalid } from './parse';

/** Deeper nesting than this is refused: no Odoo payload has more than five levels, and what walks it recurses. */
export const MAX_DEPTH = 32;

/** A value still to be looked at, and the way to it: a path is only written when it is needed. */
interface Visit {
  readonly value: object;
  readonly depth: number;
  readonly key: string;
  readonly parent: Visit | null;
}

/**
 * Refuses what would harm whatever walks, stores or compares the value later: nesting over `MAX_DEPTH`, keys that
 * reach a prototype, numbers that JSON cannot write back. Runs before everything else and without recursion.
 */
export function assertHarmless(value: object, maxDepth = MAX_DEPTH): void {
  const pending: Visit[] = [{ value, depth: 1, key: '', parent: null }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    if (visit.depth > maxDepth) {
      throw invalid([{ field: '', message: `It is nested deeper than ${maxDepth} levels` }]);
    }
    for (const key of Object.keys(visit.value)) {
      const child = (visit.value as Record<string, unknown>)[key];
      if (key === '__proto__') throw refused(visit, key, 'is a key that is not allowed');
      if (typeof child === 'object' && child !== null) {
        pending.push({ value: child, depth: visit.depth + 1, key, parent: visit });
      } else if (typeof child === 'number' && !Number.isFinite(child)) {
        throw refused(visit, key, 'is a number too large to be kept (the largest is about 1.8e308)');
      }
    }
  }
}

function refused(visit: Visit, key: string, message: string): BridgeError {
  const keys = [key];
  for (let { key: name, parent } = visit; parent !== null; { key: name, parent } = parent) keys.unshift(name);
  return invalid([{ field: keys.join('.').slice(0, 200), message }]);
}
