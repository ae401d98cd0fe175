import { template } from './template';

/** A stock.move as in `push-cron-rule-stock.move-create`. */
export const STOCK_MOVE = template({
  no: `picked scrapped to_refund additional next_serial is_inventory delay_alert_date propagate_cancel
    reservation_date`,
  none: `scrap_id picking_id orderpoint_id package_level_id purchase_line_id restrict_partner_id product_packaging_id
    origin_returned_move_id`,
  lists: `route_ids move_dest_ids move_line_ids move_orig_ids account_move_ids returned_move_ids
    analytic_account_line_ids created_purchase_line_ids stock_valuation_layer_ids
    never_product_template_attribute_value_ids`,
  values: {
    date: '2026-11-23T06:22:26',
    name: '[E-COM06] Corner Desk Right Sit',
    state: 'draft',
    origin: 'S00026 - PO-779',
    rule_id: { id: 2, name: 'WH: Stock → Customers' },
    group_id: { id: 6, name: 'S00026' },
    priority: '0',
    quantity: 0,
    sequence: 10,
    reference: '[E-COM06] Corner Desk Right Sit',
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    partner_id: { id: 15, name: 'Azure Interior' },
    price_unit: 0,
    product_id: { id: 16, name: '[E-COM06] Corner Desk Right Sit' },
    location_id: { id: 8, name: 'WH/Stock' },
    product_qty: 3.5,
    product_uom: { id: 1, name: 'Units' },
    sale_line_id: { id: 53, name: 'S00026 - [E-COM06] Corner Desk Right Sit (Azure Interior)' },
    warehouse_id: { id: 1, name: 'YourCompany' },
    date_deadline: '2026-11-23T06:22:26',
    procure_method: 'make_to_stock',
    picking_type_id: { id: 2, name: 'YourCompany: Delivery Orders' },
    product_uom_qty: 3.5,
    location_dest_id: { id: 5, name: 'Partners/Customers' },
    location_final_id: { id: 5, name: 'Partners/Customers' },
    next_serial_count: 0,
    description_picking: 'Corner Desk Right Sit',
  },
});
