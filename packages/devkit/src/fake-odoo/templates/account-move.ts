import { template } from './template';

/** An account.move as in `push-instant-rule-account.move-create`. */
export const ACCOUNT_MOVE = template({
  no: `ref checked is_storno narration access_token invoice_date is_move_sent sending_data delivery_date
    posted_before invoice_origin qr_code_method auto_post_until inalterable_hash show_update_fpos ubl_cii_xml_file
    incoterm_location made_sequence_gap payment_reference show_name_warning always_tax_exigible
    invoice_source_email invoice_pdf_report_file`,
  none: `medium_id source_id campaign_id purchase_id stock_move_id expense_sheet_id journal_group_id origin_payment_id
    reversed_entry_id statement_line_id fiscal_position_id auto_post_origin_id invoice_incoterm_id
    tax_cash_basis_rec_id invoice_vendor_bill_id purchase_vendor_bill_id invoice_cash_rounding_id
    message_main_attachment_id tax_cash_basis_origin_move_id preferred_payment_method_line_id`,
  lists: `payment_ids attachment_ids transaction_ids reversal_move_ids statement_line_ids matched_payment_ids
    website_message_ids audit_trail_message_ids stock_valuation_layer_ids tax_cash_basis_created_move_ids`,
  values: {
    date: '2026-11-23',
    name: '/',
    state: 'draft',
    team_id: { id: 1, name: 'Sales' },
    line_ids: [
      { id: 58, name: '/ [DESK0005] Customizable Desk (Custom, White)\n160x80cm, with large legs.' },
      { id: 59, name: '/ [DESK0006] Customizable Desk (Custom, Black)\n160x80cm, with large legs.' },
    ],
    auto_post: 'no',
    move_type: 'out_invoice',
    amount_tax: 0,
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    journal_id: { id: 1, name: 'Customer Invoices' },
    partner_id: { id: 15, name: 'Azure Interior' },
    currency_id: { id: 1, name: 'USD' },
    amount_total: 0,
    payment_state: 'not_paid',
    amount_untaxed: 0,
    amount_residual: 0,
    invoice_user_id: { id: 2, name: 'Mitchell Admin' },
    partner_bank_id: { id: 2, name: 'BANK134567890' },
    sequence_number: 0,
    sequence_prefix: '',
    invoice_date_due: '2026-12-31',
    invoice_line_ids: [
      { id: 58, name: '/ [DESK0005] Customizable Desk (Custom, White)\n160x80cm, with large legs.' },
      { id: 59, name: '/ [DESK0006] Customizable Desk (Custom, Black)\n160x80cm, with large legs.' },
    ],
    amount_tax_signed: 0,
    amount_total_signed: 0,
    partner_shipping_id: { id: 15, name: 'Azure Interior' },
    is_manually_modified: true,
    amount_untaxed_signed: 0,
    commercial_partner_id: { id: 15, name: 'Azure Interior' },
    invoice_currency_rate: 1,
    amount_residual_signed: 0,
    secure_sequence_number: 0,
    invoice_payment_term_id: { id: 6, name: 'End of Following Month' },
    quick_edit_total_amount: 0,
    invoice_partner_display_name: 'Azure Interior',
    amount_total_in_currency_signed: 0,
    amount_untaxed_in_currency_signed: 0,
  },
});
