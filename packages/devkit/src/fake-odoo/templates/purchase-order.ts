import { template } from './template';

/** A purchase.order as in `push-instant-rule-purchase.order-create`. */
export const PURCHASE_ORDER = template({
  no: `notes origin partner_ref access_token date_approve effective_date receipt_status incoterm_location
    mail_reception_declined mail_reminder_confirmed mail_reception_confirmed`,
  none: `group_id incoterm_id dest_address_id payment_term_id fiscal_position_id`,
  lists: `invoice_ids picking_ids website_message_ids`,
  values: {
    name: 'P00012',
    state: 'draft',
    user_id: { id: 2, name: 'Mitchell Admin' },
    priority: '0',
    amount_tax: 0,
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    date_order: '2026-11-23T06:22:35',
    order_line: [
      { id: 24, name: '[DESK0005] Customizable Desk (Custom, White)' },
      { id: 25, name: '[DESK0006] Customizable Desk (Custom, Black)' },
    ],
    partner_id: { id: 10, name: 'Deco Addict' },
    currency_id: { id: 1, name: 'USD' },
    amount_total: 43.5,
    date_planned: '2026-11-23T06:22:35',
    currency_rate: 1,
    invoice_count: 0,
    amount_untaxed: 43.5,
    invoice_status: 'no',
    amount_total_cc: 43.5,
    picking_type_id: { id: 1, name: 'YourCompany: Receipts' },
    date_calendar_start: '2026-11-23T06:22:35',
  },
});
