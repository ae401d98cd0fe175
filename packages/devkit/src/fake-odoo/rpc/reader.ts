import type { Json, JsonObject } from '../json-write';
import type { CallEnv, Row } from './call-env';
import { displayName } from './display-names';
import { isToMany, NUMERIC, type Field } from './fields';
import { isSimulated, type Model } from './models';
import { storedId, storedIds } from './stored-values';
import { toSeconds } from './timestamps';

const PICTURE = 'iVBORw0KGgo='; // contents are not kept, see `toStored`

/** Reads records as RPC spells them; made for one call, since it remembers who points to whom. */
export class Reader {
  private readonly inverses = new Map<string, ReadonlyMap<number, readonly number[]>>();

  constructor(private readonly env: CallEnv) {}

  /** The display name of a record; undefined when it does not exist. */
  nameOf(model: string, id: number): string | undefined {
    const state = this.env.store.records.get(model, id);
    return state === undefined ? undefined : displayName(model, id, state);
  }

  /** The record with these fields, in the order asked for, `id` always first. */
  read(model: Model, row: Row, fields: readonly Field[]): JsonObject {
    const record: Record<string, Json> = { id: row.id };
    for (const field of fields) if (field.name !== 'id') record[field.name] = this.value(model, row, field);
    return record;
  }

  /** One value, with moments to the second. */
  value(model: Model, row: Row, field: Field): Json {
    if (isToMany(field)) return this.relatedIds(row, field);
    if (field.type === 'many2one') return this.link(row, field);
    const value = this.plain(model, row, field);
    if (value === undefined || value === null) return NUMERIC.has(field.type) ? 0 : false;
    if (field.type === 'datetime' && typeof value === 'string') return toSeconds(value);
    if (field.type === 'binary') return value === true && PICTURE;
    return value;
  }

  /** A value that is no relation, as it is stored. */
  plain(model: Model, { id, state }: Row, field: Field): Json | undefined {
    if (field.name === 'display_name') return displayName(model.name, id, state);
    if (model.name === 'ir.model.data' && field.name === 'complete_name') return displayName(model.name, id, state);
    return state[field.name];
  }

  /** The id a many2one points to; false when it is empty. */
  linkedId({ state }: Row, field: Field): number | false {
    if (field.name === 'create_uid') return this.env.store.records.authorsOf(state).create;
    if (field.name === 'write_uid') return this.env.store.records.authorsOf(state).write;
    return storedId(state[field.name]);
  }

  /** `[id, name]`, with the name of today. */
  linkName(row: Row, field: Field): string {
    const id = this.linkedId(row, field);
    if (id === false) return '';
    const stored = row.state[field.name] as JsonObject | undefined;
    const name = this.nameOf(field.relation ?? '', id) ?? stored?.['name'];
    return typeof name === 'string' ? name : '';
  }

  relatedIds(row: Row, field: Field): number[] {
    const relation = field.relation ?? '';
    const { records } = this.env.store;
    if (field.relation_field !== undefined && isSimulated(relation))
      return [...(this.inverse(relation, field.relation_field).get(row.id) ?? [])];
    const ids = storedIds(row.state[field.name]);
    if (!isSimulated(relation) || ids.length === 0) return ids;
    return ids.filter((id) => this.isShown(records.get(relation, id)));
  }

  private link(row: Row, field: Field): Json {
    const id = this.linkedId(row, field);
    return id === false ? false : [id, this.linkName(row, field)];
  }

  private inverse(relation: string, field: string): ReadonlyMap<number, readonly number[]> {
    const key = `${relation},${field}`;
    const known = this.inverses.get(key);
    if (known !== undefined) return known;
    const found = new Map<number, number[]>();
    for (const [id, state] of this.env.store.records.ofModel(relation)) {
      const owner = storedId(state[field]);
      if (owner === false || !this.isShown(state)) continue;
      const ids = found.get(owner);
      if (ids === undefined) found.set(owner, [id]);
      else ids.push(id);
    }
    this.inverses.set(key, found);
    return found;
  }

  private isShown(state: JsonObject | undefined): boolean {
    return state !== undefined && (!this.env.context.activeTest || state['active'] !== false);
  }
}
