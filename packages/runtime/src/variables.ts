import { ClassConstructor } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { secretsOf } from './environment';

/** One environment variable that a process reads. */
export interface Variable {
  readonly name: string;
  /** Its value is never shown, and may come from the file that `<name>_FILE` names. */
  readonly isSecret: boolean;
  /** What holds when it is not set; undefined when it must be set, or when nothing holds then. */
  readonly default: string | undefined;
}

/** Every variable of these shapes, once, in their order; `name` is what the environment calls it. */
export function variablesOf(shapes: readonly ClassConstructor<object>[]): Variable[] {
  const found = new Map<string, Variable>();
  for (const Shape of shapes) {
    const defaults = new Shape() as Readonly<Record<string, string | number | boolean | undefined>>;
    const secrets = secretsOf(Shape.prototype as object);
    for (const name of namesOf(Shape)) {
      found.set(name, { name, isSecret: secrets.includes(name), default: defaults[name]?.toString() });
    }
  }
  return [...found.values()];
}

/** A variable without a rule would be dropped by `loadConfig`, so every one has at least one. */
function namesOf(Shape: ClassConstructor<object>): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(Shape, '', true, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}
