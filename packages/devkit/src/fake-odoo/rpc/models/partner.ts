import type { ModelSpec } from '../fields';

const TYPES = [
  ['contact', 'Contact'],
  ['invoice', 'Invoice Address'],
  ['delivery', 'Delivery Address'],
  ['other', 'Other Address'],
] as const;

/** A contact; its name is not required as a column, since an address may go without. */
export const RES_PARTNER: ModelSpec = {
  label: 'Contact',
  order: 'complete_name, id desc',
  blank: ['name', 'city', 'website', 'function', 'complete_name', 'commercial_partner_id'],
  fields: {
    name: { type: 'char', string: 'Name' },
    complete_name: { type: 'char', string: 'Complete Name', readonly: true },
    parent_id: { type: 'many2one', string: 'Related Company', relation: 'res.partner' },
    child_ids: { type: 'one2many', string: 'Contact', relation: 'res.partner', relation_field: 'parent_id' },
    commercial_partner_id: { type: 'many2one', string: 'Commercial Entity', relation: 'res.partner', readonly: true },
    commercial_company_name: { type: 'char', string: 'Company Name Entity', readonly: true },
    category_id: { type: 'many2many', string: 'Tags', relation: 'res.partner.category' },
    country_id: { type: 'many2one', string: 'Country', relation: 'res.country' },
    state_id: { type: 'many2one', string: 'State', relation: 'res.country.state' },
    user_id: { type: 'many2one', string: 'Salesperson', relation: 'res.users' },
    company_id: { type: 'many2one', string: 'Company', relation: 'res.company' },
    type: { type: 'selection', string: 'Address Type', selection: TYPES, initial: 'contact' },
    email: { type: 'char', string: 'Email' },
    email_normalized: { type: 'char', string: 'Normalized Email', readonly: true },
    vat: { type: 'char', string: 'Tax ID' },
    ref: { type: 'char', string: 'Reference' },
    lang: { type: 'selection', string: 'Language', selection: [['en_US', 'English (US)']], initial: 'en_US' },
    tz: { type: 'char', string: 'Timezone' },
    comment: { type: 'html', string: 'Notes' },
    active: { type: 'boolean', string: 'Active', initial: true },
    is_company: { type: 'boolean', string: 'Is a Company' },
    employee: { type: 'boolean', string: 'Employee' },
    customer_rank: { type: 'integer', string: 'Customer Rank' },
    supplier_rank: { type: 'integer', string: 'Vendor Rank' },
    date: { type: 'date', string: 'Date' },
    user_ids: { type: 'one2many', string: 'Users', relation: 'res.users' },
  },
};

export const RES_PARTNER_CATEGORY: ModelSpec = {
  label: 'Partner Tags',
  order: 'name, id',
  fields: {
    name: { type: 'char', string: 'Name', required: true },
    color: { type: 'integer', string: 'Color' },
    active: { type: 'boolean', string: 'Active', initial: true },
    parent_id: { type: 'many2one', string: 'Category', relation: 'res.partner.category' },
    child_ids: {
      ...{ type: 'one2many', string: 'Child Tags' },
      ...{ relation: 'res.partner.category', relation_field: 'parent_id' },
    },
    partner_ids: { type: 'many2many', string: 'Partners', relation: 'res.partner', store: false },
  },
};
