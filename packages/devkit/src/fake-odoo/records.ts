import type { Change } from './change';
import type { JsonObject } from './json-write';
import { TEMPLATES } from './templates/index';
import type { Operation } from './tracking';

/** Who made a record and who changed it last; no payload of the addon shows either (README §2). */
export interface Authors {
  readonly create: number;
  readonly write: number;
}

const ADMIN_ID = 2;

/** The records as the business sees them; a change goes over the last state, so that create_date and names hold. */
export class Records {
  private readonly byModel = new Map<string, Map<number, JsonObject>>();
  private readonly lastIds = new Map<string, number>();
  // Beside the states and by their identity: putting a state back puts its authors back too.
  private readonly authors = new WeakMap<JsonObject, Authors>();

  /** The id that the next new record of `model` gets. */
  nextId(model: string): number {
    const next = (this.lastIds.get(model) ?? 0) + 1;
    this.lastIds.set(model, next);
    return next;
  }

  /** Applies a change and returns the record as it is after it; for an unlink, as it was. */
  apply({ model, fields, user }: Change, id: number, operation: Operation, writeDate: string): JsonObject {
    this.lastIds.set(model, Math.max(this.lastIds.get(model) ?? 0, id));
    const states = this.states(model);
    const last = states.get(id) ?? { ...TEMPLATES[model], id, create_date: writeDate, write_date: writeDate };
    if (operation === 'unlink') {
      states.delete(id);
      return { ...last, ...fields };
    }
    const state = { ...last, write_date: writeDate, ...fields };
    const write = user?.id ?? ADMIN_ID;
    this.authors.set(state, { create: this.authors.get(last)?.create ?? write, write });
    states.set(id, state);
    return state;
  }

  /** As the database does it by itself, with a foreign key that is emptied: nobody wrote, no date moves. */
  patch(model: string, id: number, fields: JsonObject): void {
    const last = this.states(model).get(id);
    if (last === undefined) return;
    const state = { ...last, ...fields };
    this.authors.set(state, this.authorsOf(last));
    this.states(model).set(id, state);
  }

  get(model: string, id: number): JsonObject | undefined {
    return this.byModel.get(model)?.get(id);
  }

  /** All records of a model, by id. */
  ofModel(model: string): ReadonlyMap<number, JsonObject> {
    return this.byModel.get(model) ?? NOTHING;
  }

  /** The models that have, or had, records. */
  models(): Iterable<string> {
    return this.byModel.keys();
  }

  authorsOf(state: JsonObject): Authors {
    return this.authors.get(state) ?? { create: ADMIN_ID, write: ADMIN_ID };
  }

  /** Puts records back as they were before a transaction that was rolled back. */
  restore(before: ReadonlyMap<string, JsonObject | undefined>): void {
    for (const [key, state] of before) {
      const at = key.lastIndexOf(',');
      const states = this.states(key.slice(0, at));
      const id = Number(key.slice(at + 1));
      if (state === undefined) states.delete(id);
      else states.set(id, state);
    }
  }

  /** Forgets the records; ids go on, so that a later one is new to everybody. */
  reset(): void {
    this.byModel.clear();
  }

  private states(model: string): Map<number, JsonObject> {
    const states = this.byModel.get(model) ?? new Map<number, JsonObject>();
    this.byModel.set(model, states);
    return states;
  }
}

const NOTHING: ReadonlyMap<number, JsonObject> = new Map();

/** One key per record, across models. */
export function recordKey(model: string, id: number): string {
  return `${model},${id}`;
}
