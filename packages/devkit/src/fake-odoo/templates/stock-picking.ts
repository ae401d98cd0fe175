import { template } from './template';

/** A stock.picking as in `push-cron-rule-stock.picking-create`. */
export const STOCK_PICKING = template({
  no: `note printed date_done signature date_deadline has_deadline_issue picking_properties search_date_category`,
  none: `sale_id user_id group_id owner_id return_id backorder_id`,
  lists: `move_ids return_ids backorder_ids move_line_ids package_level_ids website_message_ids move_ids_without_package
    package_level_ids_details move_line_ids_without_package`,
  values: {
    date: '2026-11-23T06:22:26',
    name: 'WH/OUT/00012',
    state: 'draft',
    origin: 'S00026 - PO-779',
    priority: '0',
    is_locked: true,
    move_type: 'direct',
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    partner_id: { id: 15, name: 'Azure Interior' },
    location_id: { id: 8, name: 'WH/Stock' },
    scheduled_date: '2026-11-23T06:22:26',
    picking_type_id: { id: 2, name: 'YourCompany: Delivery Orders' },
    location_dest_id: { id: 5, name: 'Partners/Customers' },
  },
});
