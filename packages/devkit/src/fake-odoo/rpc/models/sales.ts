import type { ModelSpec } from '../fields';

const STATES = [
  ['draft', 'Quotation'],
  ['sent', 'Quotation Sent'],
  ['sale', 'Sales Order'],
  ['cancel', 'Cancelled'],
] as const;

/** What selling needs around products, and as much of an order as `rpc-fields_get-sale.order` shows. */
export const SALES_SPECS: Readonly<Record<string, ModelSpec>> = {
  'uom.uom': {
    label: 'Product Unit of Measure',
    fields: {
      name: { type: 'char', string: 'Unit of Measure', required: true },
      active: { type: 'boolean', string: 'Active', initial: true },
    },
  },
  'account.tax': {
    label: 'Tax',
    fields: {
      name: { type: 'char', string: 'Tax Name', required: true },
      amount: { type: 'float', string: 'Amount' },
      active: { type: 'boolean', string: 'Active', initial: true },
    },
  },
  'account.move': {
    label: 'Journal Entry',
    order: 'id desc',
    fields: {},
  },
  'sale.order': {
    label: 'Sales Order',
    order: 'date_order desc, id desc',
    blank: [
      'client_order_ref',
      'order_line',
      'partner_id',
      'partner_invoice_id',
      'partner_shipping_id',
      'access_token',
    ],
    fields: {
      name: { type: 'char', string: 'Order Reference', required: true, initial: 'New' },
      partner_id: { type: 'many2one', string: 'Customer', relation: 'res.partner', required: true },
      state: { type: 'selection', string: 'Status', selection: STATES, readonly: true, initial: 'draft' },
      locked: { type: 'boolean', string: 'Locked' },
      date_order: { type: 'datetime', string: 'Order Date', required: true },
      validity_date: { type: 'date', string: 'Expiration' },
      note: { type: 'html', string: 'Terms and conditions' },
      currency_id: { type: 'many2one', string: 'Currency', relation: 'res.currency', readonly: true },
      user_id: { type: 'many2one', string: 'Salesperson', relation: 'res.users' },
      order_line: {
        ...{ type: 'one2many', string: 'Order Lines' },
        ...{ relation: 'sale.order.line', relation_field: 'order_id' },
      },
      amount_total: { type: 'monetary', string: 'Total', currency_field: 'currency_id', readonly: true },
      tag_ids: { type: 'many2many', string: 'Tags', relation: 'crm.tag' },
      client_order_ref: { type: 'char', string: 'Customer Reference' },
    },
  },
};
