import type { Json, JsonObject } from '../json-write';
import { TEMPLATES } from '../templates/index';
import { mayDo, refusal, ruleError, type Operation } from './access';
import { author, type CallEnv, type Row } from './call-env';
import { checkRecord, foreignKey } from './constraints';
import { computed, isNamedByParent } from './computed';
import { fieldsOfDomain } from './domain';
import { MAGIC_FIELDS, type Field } from './fields';
import { compileForModel } from './leaves';
import type { Model } from './models';
import { missing, pythonError, validationError } from './odoo-error';
import { Reader } from './reader';
import { sortRows } from './sorting';
import { emptyStored, storedId, toStored } from './stored-values';

/** How `search` is limited. */
export interface SearchOptions {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
  readonly order?: string | undefined;
}

/** One model's records as one call sees and changes them: Odoo's recordset. */
export class Table {
  readonly model: Model;
  private readonly reader: Reader;
  private initialFields: JsonObject | undefined;

  constructor(
    name: string,
    private readonly env: CallEnv,
  ) {
    this.model = env.store.models.get(name);
    this.reader = new Reader(env);
  }

  /** Records by a domain; archived ones only when the context or the domain asks for them. */
  search(domain: Json, { offset = 0, limit, order }: SearchOptions = {}): Row[] {
    this.check('read');
    const rows = this.matching(domain);
    const sorted = sortRows(rows, order ?? this.model.order, this.model, this.reader);
    return sorted.slice(offset, limit === undefined ? undefined : offset + limit);
  }

  count(domain: Json): number {
    this.check('read');
    return this.matching(domain).length;
  }

  /** The records of these ids that exist; the others are left out. */
  browse(ids: readonly number[]): Row[] {
    return ids.flatMap((id) => {
      const state = this.env.store.records.get(this.model.name, id);
      return state === undefined ? [] : [{ id, state }];
    });
  }

  /** Records as RPC spells them; without names, all fields. */
  read(rows: readonly Row[], names?: readonly string[]): JsonObject[] {
    this.check('read');
    if (rows.some(({ id }) => this.isHidden(id))) throw ruleError(this.model);
    const fields = names === undefined || names.length === 0 ? [...this.model.fields.values()] : this.fields(names);
    return rows.map((row) => this.reader.read(this.model, row, fields));
  }

  create(values: JsonObject): number {
    this.check('create');
    const { records } = this.env.store;
    const { name: model } = this.model;
    const given = typeof values['id'] === 'number' && !this.env.isChecked ? values['id'] : undefined;
    const id = given ?? records.nextId(model);
    const initial = (this.initialFields ??= this.initial());
    const fields = { ...initial, ...this.stored(values, initial) };
    this.apply(id, fields, Object.keys(values), 'create');
    return id;
  }

  /** Every record gets the date of the transaction, whether anything differs or not. */
  write(ids: readonly number[], values: JsonObject): void {
    this.check('write');
    for (const { id, state } of this.existing(ids)) {
      this.apply(id, this.stored(values, state), Object.keys(values), 'write');
    }
  }

  /** Removes records, their external ids, and what points to them. */
  unlink(ids: readonly number[]): void {
    this.check('unlink');
    const rows = this.existing(ids);
    const { records } = this.env.store;
    const { name: model } = this.model;
    const transaction = this.env.transaction();
    const gone = new Set(ids);
    this.release(gone);
    for (const [id, state] of [...records.ofModel('ir.model.data')])
      if (state['model'] === model && gone.has(state['res_id'] as number))
        transaction.write({ model: 'ir.model.data', recordId: id, operation: 'unlink' }, true);
    for (const { id } of rows)
      transaction.write({ model, recordId: id, operation: 'unlink', user: author(this.env.user) });
  }

  /** Raises MissingError when one of them does not exist. */
  existing(ids: readonly number[]): Row[] {
    const rows = this.browse(ids);
    if (rows.length === ids.length) return rows;
    const found = new Set(rows.map(({ id }) => id));
    const lost = ids.filter((id) => !found.has(id));
    throw missing(this.model.name, lost, this.env.user.id);
  }

  nameOf(id: number): string {
    return this.reader.nameOf(this.model.name, id) ?? '';
  }

  fields(names: readonly string[]): Field[] {
    return names.map((name) => this.field(name));
  }

  private field(name: string): Field {
    const field = this.model.fields.get(name);
    if (field !== undefined) return field;
    throw pythonError('ValueError', `Invalid field '${name}' on model '${this.model.name}'`);
  }

  private check(operation: Operation): void {
    const { user, isChecked, store } = this.env;
    if (isChecked && !mayDo(user, this.model.name, operation)) throw refusal(this.model, operation, store.version);
  }

  private matching(domain: Json): Row[] {
    const test = compileForModel(domain, this.model, this.reader, this.env);
    const isActiveOnly =
      this.env.context.activeTest && this.model.fields.has('active') && !fieldsOfDomain(domain).has('active');
    const rows: Row[] = [];
    for (const [id, state] of this.env.store.records.ofModel(this.model.name)) {
      const row = { id, state };
      const isShown = !(isActiveOnly && state['active'] === false) && !this.isHidden(id);
      if (isShown && test(row)) rows.push(row);
    }
    return rows;
  }

  /** By a record rule, which does not hold for the test's own changes. */
  private isHidden(id: number): boolean {
    return this.env.isChecked && this.env.store.rules.isHidden(this.model.name, id);
  }

  /** A new record before anybody has given it anything. */
  private initial(): Record<string, Json | undefined> {
    const template = TEMPLATES[this.model.name] ?? {};
    const fields: Record<string, Json | undefined> = {};
    for (const field of this.model.fields.values()) {
      if (!field.store || field.name in MAGIC_FIELDS) continue;
      const captured = this.model.blank.has(field.name) ? undefined : template[field.name];
      const initial = field.initial === undefined ? undefined : this.storedValue(field, field.initial, undefined);
      fields[field.name] = initial ?? captured ?? emptyStored(field);
    }
    return fields;
  }

  private stored(values: JsonObject, old: JsonObject): Record<string, Json> {
    const { rules } = this.env.store;
    const fields: Record<string, Json> = {};
    for (const [name, value = false] of Object.entries(values)) {
      const field = this.field(name);
      if (name in MAGIC_FIELDS || !field.store) continue; // Odoo drops what it keeps itself, without a word
      fields[name] = this.storedValue(field, rules.normalised(this.model.name, name, value), old[name]);
    }
    return fields;
  }

  private storedValue(field: Field, value: Json, old: Json | undefined): Json {
    return toStored(this.model.name, field, value, old, this.reader);
  }

  private apply(id: number, fields: JsonObject, changed: readonly string[], operation: 'create' | 'write'): void {
    const { records, version, rules } = this.env.store;
    const { name: model } = this.model;
    const before = records.get(model, id);
    const state = { ...before, id, ...fields };
    const checked = new Set(operation === 'create' ? Object.keys(fields) : changed);
    if (this.env.isChecked) checkRecord(this.model, id, state, checked, { records, version });
    const all: JsonObject = { ...fields, ...computed(model, id, state, records) };
    const user = author(this.env.user);
    const written = changed.filter((name) => name !== 'id');
    this.env.transaction().write({ model, recordId: id, operation, fields: all, changedFields: written, user });
    const isRenamed = before !== undefined && all['complete_name'] !== before['complete_name'];
    if (isRenamed && isNamedByParent(model)) this.renameChildren(id);
    if (this.env.isChecked && rules.has(model)) this.askRules(id);
  }

  private askRules(id: number): void {
    const [record] = new Table(this.model.name, { ...this.env, isChecked: false }).read(this.browse([id]));
    const objection = this.env.store.rules.objection(this.model.name, record ?? {});
    if (objection !== undefined) throw validationError(objection);
  }

  /** Recomputing writes: the children get the date as well, but no event, since nobody called `write` for them. */
  private renameChildren(parent: number): void {
    const { records } = this.env.store;
    const { name: model } = this.model;
    for (const [id, state] of records.ofModel(model)) {
      if (storedId(state['parent_id']) !== parent) continue;
      const fields = computed(model, id, state, records);
      if (fields['complete_name'] === state['complete_name']) continue;
      const user = author(this.env.user);
      this.env.transaction().write({ model, recordId: id, operation: 'write', fields, user }, true);
      this.renameChildren(id);
    }
  }

  /** Foreign keys to what is about to go: a required one forbids it, others are emptied by the database. */
  private release(gone: ReadonlySet<number>): void {
    const { records, models } = this.env.store;
    for (const { model, field } of models.pointingTo(this.model.name)) {
      for (const [id, state] of records.ofModel(model.name)) {
        const target = storedId(state[field.name]);
        if (target === false || !gone.has(target) || (model.name === this.model.name && gone.has(id))) continue;
        const constraint = `${model.name.replaceAll('.', '_')}_${field.name}_fkey`;
        if (field.required) throw foreignKey(model, constraint, field.name);
        this.env.transaction().patch(model.name, id, { [field.name]: emptyStored(field) });
      }
    }
  }
}
