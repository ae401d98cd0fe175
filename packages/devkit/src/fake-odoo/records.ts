import type { Change } from './change';
import type { JsonObject } from './json-write';
import { TEMPLATES } from './templates/index';
import type { Operation } from './tracking';

/** The records as the business sees them; a change goes over the last state, so that create_date and names hold. */
export class Records {
  private readonly states = new Map<string, JsonObject>();
  private readonly lastIds = new Map<string, number>();

  /** The id that the next new record of `model` gets. */
  nextId(model: string): number {
    const next = (this.lastIds.get(model) ?? 0) + 1;
    this.lastIds.set(model, next);
    return next;
  }

  /** Applies a change and returns the record as it is after it; for an unlink, as it was. */
  apply({ model, fields }: Change, id: number, operation: Operation, writeDate: string): JsonObject {
    const key = recordKey(model, id);
    this.lastIds.set(model, Math.max(this.lastIds.get(model) ?? 0, id));
    const last = this.states.get(key) ?? { ...TEMPLATES[model], id, create_date: writeDate, write_date: writeDate };
    if (operation === 'unlink') {
      this.states.delete(key);
      return { ...last, ...fields };
    }
    const state = { ...last, write_date: writeDate, ...fields };
    this.states.set(key, state);
    return state;
  }

  get(key: string): JsonObject | undefined {
    return this.states.get(key);
  }

  /** Puts records back as they were before a transaction that was rolled back. */
  restore(before: ReadonlyMap<string, JsonObject | undefined>): void {
    for (const [key, state] of before) {
      if (state === undefined) this.states.delete(key);
      else this.states.set(key, state);
    }
  }

  /** Forgets the records; ids go on, so that a later one is new to everybody. */
  reset(): void {
    this.states.clear();
  }
}

/** One key per record, across models. */
export function recordKey(model: string, id: number): string {
  return `${model},${id}`;
}
