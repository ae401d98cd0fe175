import { template } from './template';

/** A product.category as in `push-batch`. */
export const PRODUCT_CATEGORY = template({
  no: `filter_for_stock_putaway_rule`,
  none: `parent_id removal_strategy_id property_account_downpayment_categ_id
    property_account_creditor_price_difference_categ`,
  lists: `child_id route_ids putaway_rule_ids website_message_ids product_properties_definition`,
  values: {
    name: 'Cat A',
    parent_path: '14/',
    complete_name: 'Cat A',
    property_valuation: 'manual_periodic',
    property_cost_method: 'standard',
    property_stock_journal: { id: 9, name: 'Inventory Valuation' },
    packaging_reserve_method: 'partial',
    property_account_income_categ_id: { id: 27, name: '400000 Product Sales' },
    property_account_expense_categ_id: { id: 33, name: '600000 Expenses' },
    property_stock_valuation_account_id: { id: 2, name: '110100 Stock Valuation' },
    property_stock_account_input_categ_id: { id: 3, name: '110200 Stock Interim (Received)' },
    property_stock_account_output_categ_id: { id: 4, name: '110300 Stock Interim (Delivered)' },
  },
});
