import type { Json, JsonObject } from '../json-write';
import type { Records } from '../records';
import { NONE } from '../templates/index';
import { storedId } from './stored-values';

/** The stored fields that Odoo computes, from the record as it is about to be. */
export function computed(model: string, id: number, state: JsonObject, records: Records): JsonObject {
  if (model === 'res.partner') return partnerFields(id, state, records);
  return model === 'product.category' ? categoryFields(id, state, records) : {};
}

/** The models whose records have their parents' names in their own. */
export function isNamedByParent(model: string): boolean {
  return model === 'res.partner' || model === 'product.category';
}

function partnerFields(id: number, state: JsonObject, records: Records): JsonObject {
  const parentId = storedId(state['parent_id']);
  const parent = parentId === false ? undefined : records.get('res.partner', parentId);
  const isCompany = state['is_company'] === true;
  const name = text(state['name']);
  const completeName = parent !== undefined && !isCompany ? `${text(parent['name'])}, ${name}` : name;
  const self = { id, name: completeName };
  const commercial = isCompany || parent === undefined ? self : (parent['commercial_partner_id'] ?? self);
  const companyName = isCompany ? name : text(parent?.['commercial_company_name'] ?? parent?.['name']);
  return {
    complete_name: completeName,
    commercial_partner_id: commercial,
    commercial_company_name: companyName || false,
    email_normalized: normalisedEmail(text(state['email'])),
  };
}

function categoryFields(id: number, state: JsonObject, records: Records): JsonObject {
  const parentId = storedId(state['parent_id']);
  const parent = parentId === false ? undefined : records.get('product.category', parentId);
  const name = text(state['name']);
  return {
    complete_name: parent === undefined ? name : `${text(parent['complete_name'])} / ${name}`,
    parent_path: `${text(parent?.['parent_path'])}${id}/`,
    ...(parent === undefined || parentId === false
      ? { parent_id: NONE }
      : { parent_id: { id: parentId, name: text(parent['complete_name']) } }),
  };
}

function normalisedEmail(email: string): Json {
  const found = /[^\s<>,;]+@[^\s<>,;]+/.exec(email)?.[0];
  return found === undefined ? false : found.toLowerCase();
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
