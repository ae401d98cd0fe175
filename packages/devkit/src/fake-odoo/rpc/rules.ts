import type { Json, JsonObject } from '../json-write';

/** A business rule: what it answers makes the call fail with a ValidationError of that text. */
export type BusinessRule = (values: JsonObject) => string | undefined;

/** What Odoo makes of a value that it is given. */
export type Normaliser = (value: Json) => Json;

/** What a test has added to this Odoo's own rules. */
export class Rules {
  private readonly refusals = new Map<string, BusinessRule[]>();
  private readonly normalisers = new Map<string, Normaliser>();
  private readonly hidden = new Set<string>();

  refuse(model: string, rule: BusinessRule): void {
    this.refusals.set(model, [...(this.refusals.get(model) ?? []), rule]);
  }

  normalise(model: string, field: string, normaliser: Normaliser): void {
    this.normalisers.set(`${model},${field}`, normaliser);
  }

  hide(model: string, id: number): void {
    this.hidden.add(`${model},${id}`);
  }

  isHidden(model: string, id: number): boolean {
    return this.hidden.has(`${model},${id}`);
  }

  has(model: string): boolean {
    return this.refusals.has(model);
  }

  /** The first text that a rule answers. */
  objection(model: string, values: JsonObject): string | undefined {
    for (const rule of this.refusals.get(model) ?? []) {
      const text = rule(values);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  normalised(model: string, field: string, value: Json): Json {
    return this.normalisers.get(`${model},${field}`)?.(value) ?? value;
  }
}
