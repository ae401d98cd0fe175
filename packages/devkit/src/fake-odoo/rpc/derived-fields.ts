import { FLOAT_FIELDS, type Json } from '../json-write';
import type { FieldSpec, FieldType } from './fields';

const RELATIONS: Readonly<Record<string, string>> = {
  partner_id: 'res.partner',
  commercial_partner_id: 'res.partner',
  partner_invoice_id: 'res.partner',
  partner_shipping_id: 'res.partner',
  user_id: 'res.users',
  user_ids: 'res.users',
  buyer_id: 'res.users',
  company_id: 'res.company',
  country_id: 'res.country',
  state_id: 'res.country.state',
  currency_id: 'res.currency',
  order_line: 'order.line',
};

/** A field of a captured template that nobody defined: its type from the value's shape, and from its name. */
export function derivedField(model: string, name: string, value: Json | undefined): FieldSpec {
  const words = name.replaceAll('_', ' ').replace(/ ids?$/, '');
  const string = words.charAt(0).toUpperCase() + words.slice(1);
  const type = typeOf(name, value ?? false);
  if (type !== 'many2one' && type !== 'many2many') return { type, string };
  const lines = name === 'order_line' ? `${model}.line` : undefined;
  const self = name === 'parent_id' || name === 'child_ids' ? model : undefined;
  const relation = lines ?? self ?? RELATIONS[name] ?? name.replace(/_ids?$/, '').replaceAll('_', '.');
  return { type, string, relation };
}

function typeOf(name: string, value: Json): FieldType {
  if (Array.isArray(value)) return 'many2many';
  if (typeof value === 'object' && value !== null) return 'many2one';
  if (typeof value === 'number') return FLOAT_FIELDS.has(name) ? 'float' : 'integer';
  if (typeof value === 'string') return typeOfText(value);
  if (name.startsWith('image_')) return 'binary';
  if (value === true || /^(is|has|can|ignore|display)_/.test(name)) return 'boolean';
  if (/(^|_)(date|birthday|birthdate|expire)$/.test(name)) return 'date';
  return 'char';
}

function typeOfText(value: string): FieldType {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return 'datetime';
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return 'date';
  return value.startsWith('<') ? 'html' : 'char';
}
