import type { ModelSpec } from '../fields';

const TYPES = [
  ['consu', 'Goods'],
  ['service', 'Service'],
  ['combo', 'Combo'],
] as const;

export const PRODUCT_TEMPLATE: ModelSpec = {
  label: 'Product',
  order: 'is_favorite desc, name, id',
  blank: ['name', 'list_price', 'default_code', 'description_sale', 'taxes_id', 'supplier_taxes_id', 'route_ids'],
  fields: {
    name: { type: 'char', string: 'Name', required: true },
    default_code: { type: 'char', string: 'Internal Reference' },
    barcode: { type: 'char', string: 'Barcode' },
    list_price: { type: 'float', string: 'Sales Price', initial: 1 },
    standard_price: { type: 'float', string: 'Cost', store: false },
    type: { type: 'selection', string: 'Product Type', selection: TYPES, required: true, initial: 'consu' },
    categ_id: {
      ...{ type: 'many2one', string: 'Product Category', relation: 'product.category' },
      ...{ required: true, initial: 1 },
    },
    uom_id: { type: 'many2one', string: 'Unit of Measure', relation: 'uom.uom', required: true, initial: 1 },
    uom_po_id: { type: 'many2one', string: 'Purchase Unit', relation: 'uom.uom', initial: 1 },
    taxes_id: { type: 'many2many', string: 'Sales Taxes', relation: 'account.tax' },
    supplier_taxes_id: { type: 'many2many', string: 'Purchase Taxes', relation: 'account.tax' },
    company_id: { type: 'many2one', string: 'Company', relation: 'res.company' },
    responsible_id: { type: 'many2one', string: 'Responsible', relation: 'res.users' },
    active: { type: 'boolean', string: 'Active', initial: true },
    is_favorite: { type: 'boolean', string: 'Favorite' },
    sale_ok: { type: 'boolean', string: 'Sales', initial: true },
    purchase_ok: { type: 'boolean', string: 'Purchase', initial: true },
    description: { type: 'html', string: 'Description' },
    description_sale: { type: 'text', string: 'Sales Description' },
    weight: { type: 'float', string: 'Weight' },
    volume: { type: 'float', string: 'Volume' },
  },
};

export const PRODUCT_CATEGORY: ModelSpec = {
  label: 'Product Category',
  order: 'complete_name, id',
  blank: ['name', 'complete_name', 'parent_path'],
  fields: {
    name: { type: 'char', string: 'Name', required: true },
    complete_name: { type: 'char', string: 'Complete Name', readonly: true },
    parent_id: { type: 'many2one', string: 'Parent Category', relation: 'product.category' },
    parent_path: { type: 'char', string: 'Parent Path', readonly: true },
    child_id: {
      ...{ type: 'one2many', string: 'Child Categories' },
      ...{ relation: 'product.category', relation_field: 'parent_id' },
    },
  },
};
