import type { Json, JsonObject } from '../json-write';
import { isId, isList } from './call-context';
import type { Method, MethodCall } from './methods';

type Args = MethodCall['args'];

/** Arguments in their places, or what Python says about them. */
export type Bound = { readonly args: Args } | { readonly problem: string };

/** Puts positional and named arguments together, as a call in Python does. */
export function bind(method: Method, positional: readonly Json[], named: JsonObject): Bound {
  const { parameters, required } = method;
  if (positional.length > parameters.length) return { problem: 'too many positional arguments' };
  const args: Record<string, Json | undefined> = {};
  for (const [at, value] of positional.entries()) args[parameters[at] ?? ''] = value;
  const unknown = Object.keys(named).find((name) => !parameters.includes(spelling(name, parameters)));
  for (const [name, value] of Object.entries(named)) args[spelling(name, parameters)] = value;
  const lacking = parameters.slice(0, required).find((name) => args[name] === undefined);
  if (lacking !== undefined) return { problem: `missing a required argument: '${lacking}'` };
  return unknown === undefined ? { args } : { problem: `got an unexpected keyword argument '${unknown}'` };
}

/** Odoo 19 calls the second argument of `name_search` by another name. */
function spelling(name: string, parameters: readonly string[]): string {
  return name === 'domain' && parameters.includes('args') ? 'args' : name;
}

/** `[1, 2]` or `1`: which records a method is called on. */
export function idsOf(value: Json | undefined): number[] {
  if (isId(value)) return [value];
  return isList(value) ? value.filter(isId) : [];
}
