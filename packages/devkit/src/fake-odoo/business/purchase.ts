import type { Change } from '../change';
import { naiveSeconds } from '../naive-time';
import type { Step } from './step';
import { doneTransfer, planTransfer, type Transfer } from './transfers';
import { amountOf, label, newLines, numbered, type World } from './world';

/** The company orders goods itself: order, confirmation with its receipt, goods in. */
export function order(world: World): Step {
  const { random, nextId } = world;
  const id = nextId('purchase.order');
  const pickingId = nextId('stock.picking');
  const name = numbered('P', id);
  const lines = newLines(world, 'purchase.order.line');
  const partner = random.pick(world.partners);
  const receipt = { pickingId, name: numbered('WH/IN/', pickingId), origin: name, order: { id, name } };
  const transfer: Transfer = { ...receipt, partner, lines, direction: 'in' };
  const amount = amountOf(lines);
  const time = naiveSeconds(world.now());
  const fields = {
    name,
    partner_id: partner,
    order_line: lines.map((line) => ({ id: line.id, name: label(line.product) })),
    amount_total: amount,
    amount_untaxed: amount,
    amount_total_cc: amount,
    date_order: time,
    date_planned: time,
    date_calendar_start: time,
  };
  const changes: Change[] = [{ model: 'purchase.order', recordId: id, operation: 'create', fields }];
  return { changes, next: () => approve(world, id, transfer) };
}

function approve(world: World, id: number, transfer: Transfer): Step {
  const time = naiveSeconds(world.now());
  const fields = { state: 'purchase', date_approve: time, date_calendar_start: time };
  const written: Change = { model: 'purchase.order', recordId: id, fields, changedFields: ['state', 'date_approve'] };
  return {
    changes: [written, ...planTransfer(world, transfer)],
    next: () => ({ changes: doneTransfer(world, transfer) }),
  };
}
