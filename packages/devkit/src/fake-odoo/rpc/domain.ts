import type { Json, JsonObject } from '../json-write';
import { repr } from '../python';
import { isList } from './call-context';
import { pythonError } from './odoo-error';

/** True for a record that the domain selects. */
export type Predicate = (state: JsonObject) => boolean;

/** Turns `[field, operator, value]` into a test of one record. */
export type LeafCompiler = (path: string, operator: string, value: Json, leaf: readonly Json[]) => Predicate;

const OPERATORS: ReadonlySet<string> = new Set([
  ...['=', '!=', '>', '>=', '<', '<=', 'in', 'not in', 'child_of'],
  ...['like', 'ilike', '=like', '=ilike', 'not like', 'not ilike'],
]);

/** Prefix notation with `&`, `|` and `!`; terms that stand side by side are joined by `&`. */
export function compileDomain(domain: Json, compile: LeafCompiler): Predicate {
  if (!isList(domain))
    throw pythonError('ValueError', `Domains to normalize must have a 'domain' form: ${repr(domain)}`);
  const rest = [...domain];
  const terms: Predicate[] = [];
  while (rest.length > 0) terms.push(takeTerm(rest, compile, domain));
  return terms.length === 1 && terms[0] !== undefined ? terms[0] : (state) => terms.every((term) => term(state));
}

function takeTerm(rest: Json[], compile: LeafCompiler, domain: Json): Predicate {
  const token = rest.shift();
  if (token === undefined) throw pythonError('ValueError', `Domain ${repr(domain)} is invalid (missing 1 term)`);
  if (token === '!') {
    const term = takeTerm(rest, compile, domain);
    return (state) => !term(state);
  }
  if (token === '&' || token === '|') {
    const [left, right] = [takeTerm(rest, compile, domain), takeTerm(rest, compile, domain)];
    return token === '&' ? (state) => left(state) && right(state) : (state) => left(state) || right(state);
  }
  return compileLeaf(token, compile);
}

function compileLeaf(leaf: Json, compile: LeafCompiler): Predicate {
  if (!isList(leaf) || leaf.length !== 3) throw invalidLeaf(isList(leaf) ? leaf : [leaf]);
  const [path, operator, value = null] = leaf;
  if (path === 1 && operator === '=' && value === 1) return () => true;
  if (path === 0 && operator === '=' && value === 1) return () => false;
  if (typeof path !== 'string' || typeof operator !== 'string') throw invalidLeaf(leaf);
  const known = operator === '<>' ? '!=' : operator === '==' ? '=' : operator.toLowerCase();
  if (!OPERATORS.has(known)) throw invalidLeaf(leaf);
  return compile(path, known, value, leaf);
}

/** Python's `('name', 'bogus-op', 1)`. */
export function tuple(leaf: readonly Json[]): string {
  return `(${leaf.map(repr).join(', ')}${leaf.length === 1 ? ',' : ''})`;
}

/** Every field that a domain names, dotted paths by their first step. */
export function fieldsOfDomain(domain: Json): Set<Json> {
  const leaves = isList(domain) ? domain.filter(isList) : [];
  return new Set(leaves.map(([path = null]) => (typeof path === 'string' ? (path.split('.')[0] ?? path) : path)));
}

function invalidLeaf(leaf: readonly Json[]): Error {
  return pythonError('ValueError', `Invalid leaf ${tuple(leaf)}`);
}
