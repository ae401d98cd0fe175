import { template } from './template';

/** A sale.order as in `push-instant-rule-sale.order-create`. */
export const SALE_ORDER = template({
  no: `note locked origin reference signature signed_by signed_on access_token effective_date commitment_date
    delivery_status show_update_fpos incoterm_location show_update_pricelist customizable_pdf_form_fields`,
  none: `incoterm medium_id source_id journal_id campaign_id pricelist_id fiscal_position_id procurement_group_id
    sale_order_template_id pending_email_template_id`,
  lists: `tag_ids expense_ids picking_ids transaction_ids website_message_ids sale_order_option_ids
    quotation_document_ids`,
  values: {
    name: 'S00026',
    state: 'draft',
    team_id: { id: 1, name: 'Sales' },
    user_id: { id: 2, name: 'Mitchell Admin' },
    amount_tax: 0,
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    date_order: '2026-11-23T06:22:17',
    order_line: [
      { id: 51, name: 'S00026 - [DESK0005] Customizable Desk (Custom, White) (Azure Interior)' },
      { id: 52, name: 'S00026 - [DESK0006] Customizable Desk (Custom, Black) (Azure Interior)' },
      { id: 53, name: 'S00026 - [E-COM06] Corner Desk Right Sit (Azure Interior)' },
      { id: 54, name: 'S00026 - [E-COM07] Large Cabinet (Azure Interior)' },
    ],
    partner_id: { id: 15, name: 'Azure Interior' },
    currency_id: { id: 1, name: 'USD' },
    amount_total: 353.5,
    warehouse_id: { id: 1, name: 'YourCompany' },
    currency_rate: 1,
    validity_date: '2026-12-23',
    amount_untaxed: 353.5,
    invoice_status: 'no',
    picking_policy: 'direct',
    payment_term_id: { id: 6, name: 'End of Following Month' },
    require_payment: true,
    client_order_ref: 'PO-778',
    require_signature: true,
    partner_invoice_id: { id: 15, name: 'Azure Interior' },
    prepayment_percent: 1,
    partner_shipping_id: { id: 15, name: 'Azure Interior' },
  },
});
