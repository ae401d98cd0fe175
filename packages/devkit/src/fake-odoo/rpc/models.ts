import type { JsonObject } from '../json-write';
import type { Records } from '../records';
import { TEMPLATES } from '../templates/index';
import { derivedField } from './derived-fields';
import { field, MAGIC_FIELDS, type Field, type ModelSpec } from './fields';
import { MODEL_SPECS } from './models/index';
import { userError } from './odoo-error';

/** A model with all its fields: the defined ones, those of its template, and the magic ones. */
export interface Model {
  readonly name: string;
  readonly label: string;
  readonly order: string;
  readonly fields: ReadonlyMap<string, Field>;
  readonly blank: ReadonlySet<string>;
}

/** Which models there are, and what they are made of. */
export class Models {
  private readonly known = new Map<string, Model>();

  constructor(private readonly records: Records) {}

  /** Raises what Odoo raises for a model that does not exist. */
  get(name: string): Model {
    const model = this.find(name);
    if (model === undefined) throw userError(`Object ${name} doesn't exist`);
    return model;
  }

  /** Undefined when there is neither a definition nor a template nor a record of that name. */
  find(name: string): Model | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const spec = MODEL_SPECS[name];
    const sample = TEMPLATES[name] ?? first(this.records.ofModel(name));
    if (spec === undefined && sample === undefined) return undefined;
    const model = build(name, spec ?? { label: name, fields: {} }, sample ?? {});
    this.known.set(name, model);
    return model;
  }

  /** The many2one fields of all defined models that point to `relation`. */
  *pointingTo(relation: string): Iterable<{ readonly model: Model; readonly field: Field }> {
    for (const name of Object.keys(MODEL_SPECS)) {
      const model = this.get(name);
      for (const candidate of model.fields.values())
        if (candidate.type === 'many2one' && candidate.relation === relation && !(candidate.name in MAGIC_FIELDS))
          yield { model, field: candidate };
    }
  }
}

function build(name: string, spec: ModelSpec, sample: JsonObject): Model {
  const derived = Object.entries(sample).map(([key, value]) => [key, derivedField(name, key, value)] as const);
  const specs = { ...Object.fromEntries(derived), ...spec.fields, ...MAGIC_FIELDS };
  const fields = new Map(Object.entries(specs).map(([key, value]) => [key, field(key, value)]));
  return { name, label: spec.label, order: spec.order ?? 'id', fields, blank: new Set(spec.blank) };
}

function first(states: ReadonlyMap<number, JsonObject>): JsonObject | undefined {
  return states.values().next().value;
}

/** True when the other side of a relation is simulated, so that its records can be missing. */
export function isSimulated(relation: string | undefined): relation is string {
  return relation !== undefined && MODEL_SPECS[relation] !== undefined;
}
