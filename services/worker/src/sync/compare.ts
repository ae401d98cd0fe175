import { canonicalJson } from '@bridgecore/contracts';
import { FieldValue, OdooRecord } from '@bridgecore/odoo';
import { fieldHashes, plain } from './content';
import { FieldPlan } from './field-plan';
import { Item, translate, Translated } from './item';
import { Settled } from './links';
import { FieldState, merge, Merge } from './merge';
import { PageContext, Pair } from './page-context';
import { fieldsToRead } from './plans';
import { secondOf } from './reader';
import { readEach } from './read-each';
import { agreementOf, Change, isWrittenBy, writeChanges } from './write';

/** Reads the targets of pairs, and brings them to what they should be. All are of the plan's model. */
export async function compare(plan: FieldPlan, pairs: readonly Pair[], page: PageContext): Promise<void> {
  const { given, report } = page;
  const there = await readTargets(plan, pairs, page);
  const changes: Change[] = [];
  const settled: Settled[] = [];
  for (const pair of pairs) {
    const target = there.get(pair.targetId);
    if (target !== undefined) compareOne(pair, target, page, { changes, settled });
    else if (pair.targetId < 0)
      report.tell(pair.item, 'create'); // of a dry run: it would have been created as a parent
    else if (!page.isRefused(pair)) await page.bury(pair);
  }
  if (settled.length > 0) await given.links.settle(plan.model, settled);
  if (given.isDryRun) await given.links.begin(plan.model, changes.map(idsOf));
  else await page.tellRefused(await writeChanges(plan, changes, given));
  for (const change of changes) tellUpdate(change, page);
}

function idsOf({ item, target }: Change): { source_id: number; target_id: number } {
  return { source_id: item.id, target_id: target.id };
}

/** Targets by id. One that is hidden from us is told of, and the others are read. */
async function readTargets(
  plan: FieldPlan,
  pairs: readonly Pair[],
  page: PageContext,
): Promise<Map<number, OdooRecord>> {
  const { records } = page.given.direction.target;
  const fields = [...fieldsToRead(plan), 'write_date', 'write_uid'];
  const byTarget = new Map(pairs.filter(({ targetId }) => targetId >= 0).map((pair) => [pair.targetId, pair]));
  const { found, refused } = await readEach(records, plan.model, [...byTarget.keys()], fields);
  for (const [id, failure] of refused) {
    const pair = byTarget.get(id);
    if (pair !== undefined) page.refuse(pair, failure);
  }
  return new Map(found.map((record) => [record.id, record]));
}

/** Where the outcome of comparing goes. */
interface Outcome {
  readonly changes: Change[];
  readonly settled: Settled[];
}

function compareOne(pair: Pair, target: OdooRecord, page: PageContext, into: Outcome): void {
  const { item, postponed } = pair;
  const translated = translate(item, page.resolver);
  page.tellLeftOut(
    item,
    translated.leftOut.filter((field) => postponed?.has(field) !== true),
  );
  const { direction } = page.given;
  const isOurs = item.link?.is_begun === true && isWrittenBy(direction.target, target);
  // What we have created and nobody has touched since is taken as it came out; else by what it was to be.
  const states = statesOf(pair.isCreated === true && isOurs ? { ...item, link: undefined } : item, target, translated);
  const merged = merge(states, {
    winner: direction.winner,
    isSourceNewer: (secondOf(item.record) ?? '') >= (secondOf(target) ?? ''),
    isOurs,
  });
  const outcome = pair.isCreated === true ? 'created' : item.link?.is_begun === true ? 'updated' : null;
  const ids = { source_id: item.id, target_id: target.id, outcome } as const;
  if (merged.verdict === 'same') into.settled.push({ ...ids, ...agreementOf(states, merged) });
  else if (merged.verdict === 'update') {
    const values = translated.values.filter(({ field }) => merged.write.includes(field));
    into.changes.push({ item, target, values, states, merged, outcome: outcome ?? 'updated' });
  } else if (merged.isFirst || pair.isCreated === true) {
    const { source_fields, target_fields } = item.link ?? {}; // linked, with nothing new agreed
    into.settled.push({ ...ids, source_fields: source_fields ?? {}, target_fields: target_fields ?? {} });
  }
  if (merged.verdict === 'same' || merged.verdict === 'update') page.settled.add(item);
  if (merged.verdict !== 'update' && !(merged.verdict === 'same' && postponed !== undefined))
    tell(merged, pair, states, page, outcome);
}

/** Every field of two records, as far as they and what they agreed on are known. */
function statesOf({ plan, link, hashes }: Item, target: OdooRecord, { values, leftOut }: Translated): FieldState[] {
  const theirs = fieldHashes(plan, target);
  const wanted = new Map(values.map((value) => [value.field, value]));
  return plan.fields.map((field) => {
    const { name } = field;
    const value = wanted.get(name);
    const now = plain(field, target);
    return {
      ...{ name, source: hashes[name] ?? '', target: theirs[name] ?? '' },
      ...{ agreedSource: link?.source_fields?.[name], agreedTarget: link?.target_fields?.[name] },
      isMissing: leftOut.includes(field),
      differs: value !== undefined && canonicalJson(now) !== canonicalJson(asPlain(value)),
      isEmpty: (now === false && field.type !== 'boolean') || (Array.isArray(now) && now.length === 0),
    };
  });
}

function asPlain({ field: name, type, value }: FieldValue): unknown {
  return plain({ name, type }, { id: 0, [name]: value });
}

const TAKEN = 'changed on both sides: the source was taken';
const KEPT = 'changed on both sides: the target was kept';

/** Of a record that is not written now; it may have been before a crash. */
function tell(
  { verdict, isConflict }: Merge,
  { item, targetId: target }: Pair,
  states: readonly FieldState[],
  page: PageContext,
  outcome: Settled['outcome'],
): void {
  if (verdict === 'same' && page.isCounted(item)) return;
  const fields = states.filter(({ differs }) => differs).map(({ name }) => name);
  if (verdict === 'report') {
    const why = isConflict ? 'changed on both sides' : 'never agreed on';
    page.fail(item, isConflict ? 'CONFLICT' : 'NEVER_AGREED', `${why}: ${fields.join(', ')}`, { target, fields });
  } else if (isConflict) page.report.tell(item, 'skip', { target, fields, code: 'CONFLICT', message: KEPT });
  else page.report.tell(item, page.earlier(item) ?? ACTIONS[outcome ?? 'none'], { target });
}

const ACTIONS = { created: 'create', updated: 'update', none: 'skip' } as const;

function tellUpdate({ item, target, merged, outcome }: Change, { report }: PageContext): void {
  const telling = { target: target.id, fields: merged.write };
  report.tell(item, ACTIONS[outcome], merged.isConflict ? { ...telling, code: 'CONFLICT', message: TAKEN } : telling);
}
