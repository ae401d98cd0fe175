import 'reflect-metadata'; // before any class that is parsed: its decorators note their types there
import { ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync, ValidationError } from 'class-validator';
import { BridgeError, FailureCode, FieldError } from './errors';
import { isRecord, kindOf } from './json';

/** Outside data → a checked instance of `Shape` with only the fields that it declares; else a `BridgeError`. */
export function parse<T extends object>(
  Shape: ClassConstructor<T>,
  input: unknown,
  code: FailureCode = 'EVENT_INVALID',
): T {
  if (!isRecord(input)) throw new BridgeError(code, `Expected a JSON object, got ${kindOf(input)}.`);
  const value = plainToInstance(Shape, input, { exposeDefaultValues: true });
  const problems = validateSync(value, { whitelist: true, stopAtFirstError: true });
  if (problems.length > 0) throw invalid(fieldErrors(problems), code);
  return value;
}

/** The failure that names every field at fault at once, in `errors` and in a sentence. */
export function invalid(errors: readonly FieldError[], code: FailureCode = 'EVENT_INVALID'): BridgeError {
  const sentence = errors.map(({ field, message }) => (field === '' ? message : `${field} ${message}`)).join('; ');
  return new BridgeError(code, `${sentence}.`, { errors });
}

/** class-validator's nested findings as a flat list; its messages begin with the property's name, ours do not. */
export function fieldErrors(problems: readonly ValidationError[], parent = ''): FieldError[] {
  return problems.flatMap((problem) => {
    const field = parent + problem.property;
    const own = Object.values(problem.constraints ?? {}).map((message) => ({
      field,
      message: message.replace(new RegExp(`^${problem.property} `), ''),
    }));
    return [...own, ...fieldErrors(problem.children ?? [], `${field}.`)];
  });
}
