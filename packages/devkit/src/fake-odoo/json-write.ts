/** Anything that JSON can hold; `bigint` because Python's integers have no bound, `PythonFloat` because 7.0 is not 7. */
export type Json = string | number | bigint | boolean | null | PythonFloat | readonly Json[] | JsonObject;

/** A JSON object; members that are undefined are left out. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A number that was written with a point or an exponent; Odoo treats it differently from an integer. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/**
 * Odoo knows the type of a field and writes `0.0`; a JavaScript number does not, so the float fields of all captures
 * are named here. No name is a float in one model and an integer in another.
 */
export const FLOAT_FIELDS: ReadonlySet<string> = new Set(
  `amount amount_company_currency_signed amount_residual amount_residual_signed amount_tax amount_tax_signed
   amount_total amount_total_cc amount_total_in_currency_signed amount_total_signed amount_untaxed
   amount_untaxed_in_currency_signed amount_untaxed_signed credit_limit currency_rate debit_limit
   invoice_currency_rate list_price partner_latitude partner_longitude prepayment_percent price_unit product_qty
   product_uom_qty quantity quick_edit_total_amount volume weight`.split(/\s+/),
);

/** Python's `json.dumps`: ASCII escapes, a space after each comma and colon, or lines indented by `indent` spaces. */
export function writeJson(value: Json, indent = 0): string {
  return write(value, '', indent, '\n');
}

function write(value: Json, field: string, indent: number, newline: string): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return FLOAT_FIELDS.has(field) ? writeFloat(value) : writeNumber(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof PythonFloat) return writeFloat(value.value);
  const inner = newline + ' '.repeat(indent);
  if (isList(value)) {
    return wrap(
      '[]',
      value.map((item) => write(item, '', indent, inner)),
      indent,
      newline,
    );
  }
  const members: string[] = [];
  for (const key in value) {
    const member = value[key];
    if (member !== undefined) members.push(`${writeString(key)}: ${write(member, key, indent, inner)}`);
  }
  return wrap('{}', members, indent, newline);
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function wrap(brackets: string, parts: readonly string[], indent: number, newline: string): string {
  if (parts.length === 0) return brackets;
  if (indent === 0) return `${brackets[0]}${parts.join(', ')}${brackets[1]}`;
  const inner = newline + ' '.repeat(indent);
  return `${brackets[0]}${inner}${parts.join(`,${inner}`)}${newline}${brackets[1]}`;
}

/** A string as Python writes it: everything outside ASCII as `\u0634`, lower case. */
export function writeString(text: string): string {
  const quoted = JSON.stringify(text);
  if (!/[^ -~]/.test(quoted)) return quoted;
  return quoted.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function writeNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : writeFloat(value);
}

/** Python's `repr(float)`: `0.0`, `1500.0`, `1e-05`, `1e+16`. */
export function writeFloat(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
