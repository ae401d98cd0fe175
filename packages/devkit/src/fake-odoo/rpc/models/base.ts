import type { ModelSpec } from '../fields';

/** What every database has before anybody works in it. */
export const BASE_SPECS: Readonly<Record<string, ModelSpec>> = {
  'res.country': {
    label: 'Country',
    order: 'name, id',
    fields: {
      name: { type: 'char', string: 'Country Name', required: true },
      code: { type: 'char', string: 'Country Code', required: true },
    },
  },
  'res.country.state': {
    label: 'Country state',
    order: 'code, id',
    fields: {
      name: { type: 'char', string: 'State Name', required: true },
      code: { type: 'char', string: 'State Code', required: true },
      country_id: { type: 'many2one', string: 'Country', relation: 'res.country', required: true },
    },
  },
  'res.currency': {
    label: 'Currency',
    order: 'active desc, name',
    fields: {
      name: { type: 'char', string: 'Currency', required: true },
      symbol: { type: 'char', string: 'Symbol', required: true },
      active: { type: 'boolean', string: 'Active', initial: true },
    },
  },
  'res.company': {
    label: 'Companies',
    order: 'sequence, name',
    fields: {
      name: { type: 'char', string: 'Company Name', required: true },
      sequence: { type: 'integer', string: 'Sequence', initial: 10 },
      active: { type: 'boolean', string: 'Active', initial: true },
      currency_id: { type: 'many2one', string: 'Currency', relation: 'res.currency', required: true },
      partner_id: { type: 'many2one', string: 'Partner', relation: 'res.partner' },
      country_id: { type: 'many2one', string: 'Country', relation: 'res.country' },
    },
  },
  'res.users': {
    label: 'User',
    order: 'name, login',
    fields: {
      name: { type: 'char', string: 'Name', required: true },
      login: { type: 'char', string: 'Login', required: true },
      email: { type: 'char', string: 'Email' },
      active: { type: 'boolean', string: 'Active', initial: true },
      lang: { type: 'selection', string: 'Language', selection: [['en_US', 'English (US)']], initial: 'en_US' },
      tz: { type: 'char', string: 'Timezone' },
      company_id: { type: 'many2one', string: 'Company', relation: 'res.company', required: true },
    },
  },
  'res.users.apikeys': {
    label: 'Users API Keys',
    fields: {
      name: { type: 'char', string: 'Description', required: true, readonly: true },
      user_id: { type: 'many2one', string: 'User', relation: 'res.users', required: true, readonly: true },
      scope: { type: 'char', string: 'Scope', readonly: true },
      expiration_date: { type: 'datetime', string: 'Expiration Date', readonly: true },
    },
  },
  'ir.model.data': {
    label: 'Model Data',
    order: 'module, model, name',
    fields: {
      name: { type: 'char', string: 'External Identifier', required: true },
      module: { type: 'char', string: 'Module', required: true },
      complete_name: { type: 'char', string: 'Complete ID', readonly: true, store: false },
      model: { type: 'char', string: 'Model Name', required: true },
      res_id: { type: 'integer', string: 'Record ID' },
      noupdate: { type: 'boolean', string: 'Non Updatable' },
    },
  },
};
