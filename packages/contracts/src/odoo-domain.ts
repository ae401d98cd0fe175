import { isRecord } from './json';

/** A filter in Odoo's prefix notation: `['|', ['city', '=', 'Lyon'], ['city', '=', 'Paris']]`; terms side by side are joined by `&`. */
export type OdooDomain = readonly unknown[];

/** So many terms and operators at most; Odoo takes more, but nobody writes them. */
export const MAX_DOMAIN_LENGTH = 500;

/** How deep `any` may stand in `any`. */
const MAX_DEPTH = 5;

const OPERANDS: Readonly<Record<string, number>> = { '&': 2, '|': 2, '!': 1 };

const OPERATORS: ReadonlySet<unknown> = new Set([
  ...['=', '!=', '<>', '<', '<=', '>', '>=', '=?', 'in', 'not in', 'child_of', 'parent_of', 'any', 'not any'],
  ...['like', 'not like', 'ilike', 'not ilike', '=like', '=ilike', 'not =like', 'not =ilike'],
]);

const FIELD = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/i;

/** What is wrong with the shape of a domain, or null. Whether its fields exist only Odoo knows. */
export function domainProblem(domain: unknown, depth = 0): string | null {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  if (!Array.isArray(domain)) return 'must be a list of conditions, as in [["city", "=", "Lyon"]]';
  if (domain.length > MAX_DOMAIN_LENGTH) return `must have at most ${MAX_DOMAIN_LENGTH} conditions and operators`;
  let missing = 0; // operands that the operators read so far still want
  for (const [index, term] of domain.entries()) {
    const operands = typeof term === 'string' ? OPERANDS[term] : undefined;
    if (operands !== undefined) {
      missing += missing === 0 ? operands : operands - 1;
      continue;
    }
    const problem = termProblem(term, depth);
    if (problem !== null) return `[${index}] ${problem}`;
    if (missing > 0) missing -= 1;
  }
  return missing === 0 ? null : 'ends before its operators have their conditions';
}

function termProblem(term: unknown, depth: number): string | null {
  if (!Array.isArray(term) || term.length !== 3) return 'must be [field, operator, value], or one of "&", "|", "!"';
  const [field, operator, value] = term as [unknown, unknown, unknown];
  if (typeof field !== 'string' || !FIELD.test(field)) return 'must begin with the name of a field';
  if (!OPERATORS.has(operator)) return `has an operator that Odoo does not know: ${JSON.stringify(operator)}`;
  if (operator === 'any' || operator === 'not any') return domainProblem(value, depth + 1);
  const isScalarList = Array.isArray(value) && value.every(isScalar);
  return isScalar(value) || isScalarList ? null : 'must compare with a value or a list of values';
}

function isScalar(value: unknown): boolean {
  return !Array.isArray(value) && !isRecord(value);
}
