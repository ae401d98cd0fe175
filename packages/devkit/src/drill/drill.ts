import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../fake-odoo/random';
import { type Evidence, readEvidence, refuseOnce } from './evidence';
import { type Disturbance, disturb, inRandomOrder } from './faults';
import type { OdooChange, SentEvent } from './ledger';
import type { DrillOptions } from './options';
import { type Finding, reconcile } from './reconcile';
import { overtaken, robbed } from './runs';
import { settle } from './settle';
import { reconcileTold } from './told';
import { type Passage, type Toll, tolls } from './timeline';
import { openWorld, type World } from './world';

/** What a drill has shown. */
export interface DrillResult {
  readonly counts: Readonly<Record<'accepted' | 'recorded' | 'joined' | 'dead-lettered' | 'replayed' | 'told', number>>;
  readonly findings: readonly Finding[];
  readonly tolls: readonly Toll[];
  /** False: in the end there was still something to do, and time ran out. */
  readonly settled: boolean;
  readonly logFile: string;
}

/** Told what happens, with the time since the load began. */
export type Tell = (text: string) => void;

/** How fast the load comes, in events per second: of each Odoo, and of the client that is none. */
const PACE = { odoo: 12, client: 8 };

/** Sets everything up, disturbs it under load, lets it settle, and compares what there is with what there should be. */
export async function drill(options: DrillOptions, tell: Tell): Promise<DrillResult> {
  tell(`setting up: stores, 2 Odoos, 2 gateways, 2 schedulers, ${options.conditions.workers} workers …`);
  const world = await openWorld(options);
  try {
    const { disturbances, sent } = await load(world, options, tell);
    tell('load and faults are over; letting it settle …');
    await world.receivers.mend(world.services);
    let settled = await settle(world, options.conditions.settleMs);
    await replay(world, tell);
    settled &&= await settle(world, options.conditions.settleMs);
    return await judge(world, { disturbances, sent, settled });
  } finally {
    await world.close();
  }
}

interface Loaded {
  readonly disturbances: readonly Disturbance[];
  readonly sent: readonly SentEvent[];
}

async function load(world: World, { minutes, seed, faults, conditions }: DrillOptions, tell: Tell): Promise<Loaded> {
  const { odoos, sender } = world;
  const disturbances: Disturbance[] = [];
  const random = seeded(seed);
  const end = Date.now() + minutes * 60_000;
  for (const odoo of odoos) odoo.load(PACE.odoo);
  sender.start(PACE.client);
  tell('the load has begun');
  for (const fault of inRandomOrder(faults, random)) {
    const pause = random.between(conditions.calmMs.from, conditions.calmMs.to);
    if (Date.now() + pause + conditions.faultMs.to > end) break;
    await sleep(pause);
    const done = await disturb(fault, world, random, conditions.faultMs);
    disturbances.push(done);
    tell(`${done.fault.padEnd(18)} ${done.victim}, for ${((done.to - done.from) / 1_000).toFixed(1)} s`);
  }
  await sleep(Math.max(0, end - Date.now()));
  await Promise.all([...odoos.map((odoo) => odoo.stop()), sender.stop(30_000)]);
  return { disturbances, sent: sender.sent };
}

/** What was refused once can be recorded now; what PostgreSQL never takes stays a dead letter. */
async function replay({ services, stack }: World, tell: Tell): Promise<void> {
  await refuseOnce(stack.databaseUrl, false);
  const { count } = await services.operate('/api/v1/dead-letters/replay', { filter: {}, dry_run: false });
  tell(`replaying ${String(count)} dead letters …`);
}

async function judge(
  world: World,
  { disturbances, sent, settled }: Loaded & { settled: boolean },
): Promise<DrillResult> {
  const { odoos, stack, log, sender } = world;
  const evidence = await readEvidence(stack.databaseUrl);
  const changes = new Map<string, readonly OdooChange[]>();
  for (const odoo of odoos) changes.set(odoo.system, await odoo.ledger());
  const findings: Finding[] = [
    ...reconcile({ changes, sent, sentTo: sender.system }, evidence),
    ...reconcileTold(evidence.rows, world.receivers.told()),
    ...overtaken(evidence.commits),
    ...robbed(log.runs, disturbances),
    ...log.deaths.map((detail) => ({ check: 'died' as const, detail })),
  ];
  return {
    counts: {
      ...countAll([...changes.values()].flat(), sent, evidence),
      told: world.receivers.all.reduce((sum, { distinct }) => sum + distinct.length, 0),
    },
    findings,
    tolls: tolls(disturbances, passages(changes, sent, evidence)),
    settled,
    logFile: log.file,
  };
}

function countAll(
  changes: readonly OdooChange[],
  sent: readonly SentEvent[],
  { rows, letters }: Evidence,
): Omit<DrillResult['counts'], 'told'> {
  const pushed = changes.reduce((sum, { accepted }) => sum + accepted.length, 0);
  return {
    accepted: pushed + sent.filter(({ accepted_at }) => accepted_at !== null).length,
    recorded: rows.length,
    joined: rows.filter(({ push_id, pull_id }) => push_id !== null && pull_id !== null).length,
    'dead-lettered': letters.length,
    replayed: letters.filter(({ status }) => status === 'replayed').length,
  };
}

/** From when each event was there to when it was recorded, for those that took the straight way. */
function passages(
  changes: ReadonlyMap<string, readonly OdooChange[]>,
  sent: readonly SentEvent[],
  { rows }: Evidence,
): Passage[] {
  const recordedAt = new Map<string, number>();
  for (const { system, pull_id, marker, recorded_at } of rows) {
    recordedAt.set(marker ?? `${system} ${pull_id ?? ''}`, recorded_at);
  }
  const ofOdoo = [...changes].flatMap(([system, list]) =>
    list.map(({ pull_id, poison, at }) => ({ key: `${system} ${pull_id}`, poison, at })),
  );
  const ofClient = sent.map(({ marker, poison, accepted_at }) => ({ key: marker, poison, at: accepted_at }));
  return [...ofOdoo, ...ofClient].flatMap(({ key, poison, at }) => {
    const recorded_at = recordedAt.get(key);
    return poison === 'none' && at !== null && recorded_at !== undefined ? [{ at, recorded_at }] : [];
  });
}
