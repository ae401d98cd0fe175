import { template } from './template';

/** A product.template as in `push-instant-rule-product.template-create`. */
export const PRODUCT_TEMPLATE = template({
  no: `image_128 image_256 image_512 image_1024 image_1920 description is_favorite is_storable lot_valuated
    can_be_expensed product_properties sale_line_warn_msg description_picking service_to_purchase
    description_purchase description_pickingin description_pickingout purchase_line_warn_msg
    can_image_1024_be_zoomed has_configurable_attributes`,
  none: `company_id location_id warehouse_id property_account_income_id property_account_expense_id
    property_account_creditor_price_difference`,
  lists: `combo_ids seller_ids account_tag_ids product_tag_ids attribute_line_ids variant_seller_ids product_variant_ids
    website_message_ids optional_product_ids product_document_ids`,
  values: {
    name: 'Desk Lamp ☀',
    type: 'consu',
    color: 0,
    active: true,
    uom_id: { id: 1, name: 'Units' },
    volume: 0,
    weight: 0,
    sale_ok: true,
    categ_id: { id: 1, name: 'All' },
    sequence: 1,
    taxes_id: [{ id: 1, name: '15%' }],
    tracking: 'none',
    route_ids: [{ id: 8, name: 'Buy' }],
    uom_po_id: { id: 1, name: 'Units' },
    list_price: 49.9,
    sale_delay: 0,
    purchase_ok: true,
    default_code: 'LAMP-01',
    service_type: 'manual',
    expense_policy: 'no',
    invoice_policy: 'order',
    responsible_id: { id: 2, name: 'Mitchell Admin' },
    sale_line_warn: 'no-message',
    purchase_method: 'receive',
    description_sale: 'Line1\nLine2',
    service_tracking: 'no',
    supplier_taxes_id: [{ id: 2, name: '15%' }],
    purchase_line_warn: 'no-message',
    property_stock_inventory: { id: 14, name: 'Virtual Locations/Inventory adjustment' },
    property_stock_production: { id: 15, name: 'Virtual Locations/Production' },
  },
});
