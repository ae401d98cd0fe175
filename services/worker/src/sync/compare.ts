import { FieldValue, OdooRecord } from '../odoo/rpc/odoo-records';
import { contentHash, differences } from './content';
import { decide, Decision } from './decide';
import { FieldPlan } from './field-plan';
import { Item, translate } from './item';
import { Settled } from './links';
import { PageContext, Pair } from './page-context';
import { fieldsToRead } from './plans';
import { secondOf } from './reader';
import { Change, writeChanges } from './write';

/** Reads the targets of pairs, and brings them to what they should be. All are of the plan's model. */
export async function compare(plan: FieldPlan, pairs: readonly Pair[], page: PageContext): Promise<void> {
  const { given, report } = page;
  const there = await readTargets(plan, pairs, page);
  const changes: Change[] = [];
  const agreed: Settled[] = [];
  for (const pair of pairs) {
    const target = there.get(pair.targetId);
    if (target !== undefined) settle(pair, target, page, { changes, agreed });
    else if (pair.targetId >= 0) await page.bury(pair);
    else report.tell(pair.item, 'create'); // of a dry run: it would have been created as somebody's parent
  }
  if (agreed.length > 0) await given.links.settle(plan.model, agreed);
  if (!given.isDryRun) await page.tellRefused(await writeChanges(plan, changes, given));
  for (const { item, target, values } of changes) {
    report.tell(item, 'update', { target: target.id, fields: namesOf(values) });
  }
}

async function readTargets(
  plan: FieldPlan,
  pairs: readonly Pair[],
  { given }: PageContext,
): Promise<Map<number, OdooRecord>> {
  const ids = pairs.map(({ targetId }) => targetId).filter((id) => id >= 0);
  const fields = [...fieldsToRead(plan), 'write_date'];
  const found = await given.direction.target.records.readRecords(plan.model, ids, fields);
  return new Map(found.map((record) => [record.id, record]));
}

/** Where the outcome of comparing goes. */
interface Outcome {
  readonly changes: Change[];
  readonly agreed: Settled[];
}

function settle({ item, isFresh, postponed }: Pair, target: OdooRecord, page: PageContext, into: Outcome): void {
  const { plan, link, record, hash } = item;
  const { values, leftOut } = translate(item, page.resolver);
  page.tellLeftOut(
    item,
    leftOut.filter((field) => postponed?.has(field) !== true),
  );
  const wanted = differences(target, values);
  const targetHash = contentHash(plan, target);
  const decision = decide({
    differs: wanted.length > 0,
    isOurs: isFresh || link?.is_begun === true,
    agreed: agreedBy(item),
    source: { hash, writtenAt: secondOf(record) ?? '' },
    target: { hash: targetHash, writtenAt: secondOf(target) ?? '' },
    winner: page.given.direction.winner,
  });
  const is_incomplete = leftOut.length > 0;
  const toWrite = valuesToWrite(decision, wanted);
  if (decision.action === 'agree') {
    const ids = { source_id: item.id, target_id: target.id };
    into.agreed.push({ ...ids, source_hash: hash, target_hash: targetHash, is_incomplete, outcome: null });
  }
  if (toWrite.length > 0) into.changes.push({ item, target, values: toWrite, isIncomplete: is_incomplete });
  tell(decision, item, target.id, wanted, page);
}

function valuesToWrite({ action }: Decision, wanted: readonly FieldValue[]): readonly FieldValue[] {
  if (action === 'update') return wanted;
  return action === 'complete' ? wanted.filter(({ type }) => type.startsWith('many2')) : [];
}

/** What is known already; that a record was written is told when it was. */
function tell(
  { action, isConflict }: Decision,
  item: Item,
  target: number,
  wanted: readonly FieldValue[],
  page: PageContext,
): void {
  const fields = namesOf(wanted);
  const conflict = { target, fields, code: 'CONFLICT' } as const;
  const { report } = page;
  if (action === 'report') page.fail(item, 'CONFLICT', `changed on both sides: ${fields.join(', ')}`, target);
  else if (action === 'update' && isConflict) report.tell(item, 'update', { ...conflict, message: TAKEN });
  else if (isConflict) report.tell(item, 'skip', { ...conflict, message: KEPT });
  else if (valuesToWrite({ action, isConflict }, wanted).length === 0) report.tell(item, 'skip', { target });
}

const TAKEN = 'changed on both sides: the source was taken';
const KEPT = 'changed on both sides: the target was kept';

function agreedBy({ link }: Item): { source: string; target: string } | null {
  const { source_hash: source = null, target_hash: target = null } = link ?? {};
  return source === null || target === null ? null : { source, target };
}

function namesOf(values: readonly FieldValue[]): string[] {
  return values.map(({ field }) => field);
}
