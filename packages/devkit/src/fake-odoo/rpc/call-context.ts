import type { Json, JsonObject } from '../json-write';
import { repr } from '../python';

/** The context of a call, as far as it changes anything here. */
export class CallContext {
  constructor(private readonly values: JsonObject) {}

  /** Archived records show only when this is false. */
  get activeTest(): boolean {
    return this.values['active_test'] !== false;
  }

  get isWebhookDisabled(): boolean {
    return this.values['webhook_disabled'] === true;
  }

  get tz(): string | undefined {
    const { tz } = this.values;
    return typeof tz === 'string' && tz !== '' ? tz : undefined;
  }

  get(name: string): Json | undefined {
    return this.values[name];
  }

  with(more: JsonObject): CallContext {
    return new CallContext({ ...this.values, ...more });
  }
}

/** True for a JSON object, not for a list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a list; `Array.isArray` would make it `any[]`. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** True for what a many2one or an x2many can hold. */
export function isId(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

/** Python's `str(value)`. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : repr(value ?? null);
}
