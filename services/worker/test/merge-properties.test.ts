import { randomUUID } from 'node:crypto';
import { array, assert, asyncProperty, boolean, constant, constantFrom, nat, oneof, record } from 'fast-check';
import { ConflictPolicy, SyncModels, syncModelsOf } from '@bridgecore/contracts';
import { FieldDescription, OdooFailure, OdooRecord, OdooRecords } from '@bridgecore/odoo';
import { Direction, directionOf, Side } from '../src/sync/direction';
import { raiseFence } from '../src/sync/fence';
import { PageReport } from '../src/sync/page-report';
import { PgLinks } from '../src/sync/pg-links';
import { fieldsToRead, Plans } from '../src/sync/plans';
import { shifted } from '../src/sync/reader';
import { syncPage } from '../src/sync/sync-page';
import { openWorkerStack, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());

/** One record in two Odoos that are in memory, linked in PostgreSQL; any history of edits and runs. */
const MODEL = 'res.partner';
const US = 7;

const FIELDS: ReadonlyMap<string, FieldDescription> = new Map(
  Object.entries({ name: 'char', phone: 'char', city: 'char', country_id: 'many2one' }).map(([name, type]) => {
    const relation = type === 'many2one' ? { relation: 'res.country' } : {};
    return [name, { type, store: true, readonly: false, required: false, isComputed: false, ...relation }];
  }),
);

class MemoryOdoo implements OdooRecords {
  record: OdooRecord | undefined;
  writes = 0;
  /** The line breaks at the next write, once. */
  breaks: 'before' | 'after' | undefined;
  /** A person comes between our look and our writing, once. */
  between: (() => void) | undefined;

  constructor(
    readonly idOfRecord: number,
    /** Countries by code. */
    readonly countries: ReadonlyMap<string, number>,
    readonly now: () => string,
    /** What it makes of a phone number. */
    readonly normalise: (phone: unknown) => unknown = (phone) => phone,
  ) {}

  set(values: Record<string, unknown>, uid: number): void {
    const kept = {
      ...(this.record ?? { id: this.idOfRecord, name: 'One', phone: false, city: false, country_id: false }),
      ...values,
    };
    this.record = { ...kept, phone: this.normalise(kept['phone']), write_date: this.now(), write_uid: [uid, 'X'] };
  }

  fieldsGet = (model: string) =>
    Promise.resolve(
      model === MODEL
        ? FIELDS
        : new Map([['code', { type: 'char', store: true, readonly: false, required: false, isComputed: false }]]),
    );

  searchRead(model: string, { domain }: { domain: readonly unknown[] }): Promise<OdooRecord[]> {
    if (model !== 'res.country') return Promise.resolve([]); // no natural keys, no external ids
    const [[name, , values]] = domain as [[string, string, unknown[]]];
    const all = [...this.countries].map(([code, id]) => ({ id, code }));
    return Promise.resolve(all.filter((country) => values.includes(name === 'id' ? country.id : country.code)));
  }

  searchCount = (): Promise<number> => Promise.resolve(1);
  readRecords = (): Promise<OdooRecord[]> => Promise.resolve(this.record === undefined ? [] : [this.shown]);
  createRecords: OdooRecords['createRecords'] = (_, records) => {
    this.writes += 1;
    this.work(valuesOf(records[0]?.values ?? []));
    return Promise.resolve([{ id: this.idOfRecord }]);
  };
  writeRecords: OdooRecords['writeRecords'] = (_, __, values) => {
    this.writes += 1;
    this.between?.();
    this.between = undefined;
    this.work(valuesOf(values));
    return Promise.resolve();
  };
  currentUser = (): Promise<number> => Promise.resolve(US);

  private work(values: Record<string, unknown>): void {
    const { breaks } = this;
    this.breaks = undefined;
    if (breaks !== 'before') this.set(values, US);
    if (breaks !== undefined) throw new OdooFailure('unreachable', 'the line breaks');
  }

  get shown(): OdooRecord {
    const country = this.record?.['country_id'];
    return { ...(this.record as OdooRecord), country_id: typeof country === 'number' ? [country, 'Land'] : false };
  }

  codeOf(): string | undefined {
    return [...this.countries].find(([, id]) => id === this.record?.['country_id'])?.[0];
  }
}

function valuesOf(values: readonly { field: string; value: unknown }[]): Record<string, unknown> {
  return Object.fromEntries(values.map(({ field, value }) => [field, value]));
}

const MODELS: SyncModels = syncModelsOf('models: {res.partner: {natural_key: []}}');

interface Told {
  readonly conflicts: number;
  readonly failed: number;
}

class World {
  second = '2026-01-01 00:00:00';
  /** Its own in the tables. */
  private readonly id = randomUUID();
  readonly now = (): string => this.second;
  readonly paris = new MemoryOdoo(
    1,
    new Map([
      ['FR', 11],
      ['DE', 12],
      ['PP', 13],
    ]),
    this.now,
  );
  readonly lyon: MemoryOdoo;

  constructor(isNormalising: boolean) {
    const squeeze = (phone: unknown) => (typeof phone === 'string' ? phone.replaceAll(' ', '') : phone);
    const countries = new Map([
      ['FR', 21],
      ['DE', 22],
      ['LL', 24],
    ]);
    this.lyon = new MemoryOdoo(2, countries, this.now, isNormalising ? squeeze : undefined);
    this.paris.set({}, 2);
  }

  get writes(): number {
    return this.paris.writes + this.lyon.writes;
  }

  async run(policy: ConflictPolicy, isBack: boolean): Promise<Told[]> {
    const side = (system: string, records: OdooRecords): Side => ({ system, records, uid: US, time: this.second });
    const sides = [side(`paris-${this.id}`, this.paris), side(`lyon-${this.id}`, this.lyon)] as const;
    const told: Told[] = [];
    for (const name of isBack ? (['forward', 'reverse'] as const) : (['forward'] as const)) {
      told.push(await this.way(directionOf(name, sides, policy)));
    }
    return told;
  }

  private async way(direction: Direction): Promise<Told> {
    const from = direction.name === 'forward' ? this.paris : this.lyon;
    const plans = new Plans(direction, { models: MODELS, isRedacted: () => false, isBidirectional: true });
    const plan = await plans.ofAsked(MODEL);
    expect(fieldsToRead(plan)).toEqual(['city', 'country_id', 'name', 'phone']);
    const report = new PageReport(MODEL, false);
    const [source, target] = [direction.source.system, direction.target.system];
    const fence = await raiseFence(stack.pool, [source, target], new AbortController().signal);
    const runId = randomUUID();
    const links = new PgLinks(stack.pool, { source, target, fence, runId });
    const given = { direction, links, plans, runId, isDryRun: false, batch: 10, goOn: () => undefined };
    if (from.record !== undefined) await syncPage(plan, [from.shown], given, report);
    return { conflicts: report.counts.conflicts, failed: report.counts.failed };
  }
}

const value = constantFrom('x', 'y', '1 2', '12', false);
const edit = (countries: readonly (string | false)[]) =>
  record({
    kind: constant('edit' as const),
    where: constantFrom('paris' as const, 'lyon' as const),
    field: constantFrom('name' as const, 'phone' as const, 'city' as const, 'country_id' as const),
    value,
    country: constantFrom(...countries),
    waits: nat(2),
  });
const run = record({
  kind: constant('run' as const),
  isBack: boolean(),
  breaks: constantFrom('before' as const, 'after' as const, undefined, undefined),
  between: constantFrom('name' as const, undefined, undefined),
});

const isUnsayable = (code: string | undefined): boolean => code === 'PP' || code === 'LL';

async function play(
  steps: readonly (
    | { kind: 'run'; isBack: boolean; breaks: 'before' | 'after' | undefined; between: 'name' | undefined }
    | { kind: 'edit'; where: 'paris' | 'lyon'; field: string; value: unknown; country: string | false; waits: number }
  )[],
  policy: ConflictPolicy,
  isNormalising: boolean,
): Promise<World> {
  const world = new World(isNormalising);
  for (const step of steps) {
    if (step.kind === 'run') {
      const { between } = step;
      for (const odoo of [world.paris, world.lyon]) {
        odoo.breaks = step.breaks;
        if (between !== undefined) odoo.between = () => odoo.set({ [between]: 'between' }, 2);
      }
      await world.run(policy, step.isBack).catch((error: unknown) => {
        if (!(error instanceof OdooFailure)) throw error;
      });
      for (const odoo of [world.paris, world.lyon]) odoo.breaks = odoo.between = undefined;
      continue;
    }
    const odoo = world[step.where];
    if (odoo.record === undefined) continue;
    world.second = shifted(world.second, step.waits);
    const country = step.country === false ? false : (odoo.countries.get(step.country) ?? false);
    odoo.set({ [step.field]: step.field === 'country_id' ? country : step.value }, 2);
  }
  return world;
}

/** Whether both hold the same, as far as each can say it. */
function pictures(world: World): [unknown, unknown] {
  const isOpen = isUnsayable(world.paris.codeOf()) || isUnsayable(world.lyon.codeOf());
  const squeeze = (phone: unknown) => (typeof phone === 'string' ? phone.replaceAll(' ', '') : phone);
  const picture = (odoo: MemoryOdoo) => ({
    ...{ name: odoo.record?.['name'], city: odoo.record?.['city'], phone: squeeze(odoo.record?.['phone']) },
    country: isOpen ? '?' : odoo.codeOf(),
  });
  return [picture(world.paris), picture(world.lyon)];
}

const SAYABLE = ['FR', 'DE', false] as const;
const ANY = ['FR', 'DE', 'PP', 'LL', false] as const;
const RUNS = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100) };

describe.each(['source_wins', 'newest_wins'] as const)('%s', (policy) => {
  describe.each([
    ['plain values', SAYABLE, false],
    ['a target that rewrites values', SAYABLE, true],
    ['relations that one side cannot have', ANY, false],
  ] as const)('with %s', (_, countries, isNormalising) => {
    it('comes to rest, with both sides equal', async () => {
      const steps = array(oneof({ weight: 3, arbitrary: edit(countries) }, { weight: 1, arbitrary: run }), {
        maxLength: 14,
      });
      await assert(
        asyncProperty(steps, async (history) => {
          const world = await play(history, policy, isNormalising);
          for (const _again of [1, 2]) {
            world.second = shifted(world.second, 5);
            await world.run(policy, true);
          }
          const [paris, lyon] = pictures(world);
          expect(lyon).toEqual(paris);
          const before = world.writes;
          world.second = shifted(world.second, 5);
          const told = await world.run(policy, true);
          expect(world.writes).toBe(before);
          expect(told).toEqual([
            { conflicts: 0, failed: 0 },
            { conflicts: 0, failed: 0 },
          ]);
        }),
        RUNS,
      );
    }, 120_000);

    it('takes an edit of one side over, whatever was before', async () => {
      const steps = array(oneof({ weight: 3, arbitrary: edit(countries) }, { weight: 1, arbitrary: run }), {
        maxLength: 10,
      });
      const where = constantFrom('paris' as const, 'lyon' as const);
      await assert(
        asyncProperty(steps, where, async (history, side) => {
          const world = await play(history, policy, isNormalising);
          for (const _again of [1, 2]) {
            world.second = shifted(world.second, 5);
            await world.run(policy, true);
          }
          const countriesBefore = [world.paris.codeOf(), world.lyon.codeOf()];
          world.second = shifted(world.second, 5);
          world[side].set({ city: 'NEW' }, 2);
          const told = await world.run(policy, true);
          expect([world.paris.record?.['city'], world.lyon.record?.['city']]).toEqual(['NEW', 'NEW']);
          expect([world.paris.codeOf(), world.lyon.codeOf()]).toEqual(countriesBefore);
          expect(told.map(({ conflicts }) => conflicts)).toEqual([0, 0]);
        }),
        RUNS,
      );
    }, 120_000);
  });
});

describe('manual', () => {
  it("loses nobody's edit, and writes nothing for ever", async () => {
    const steps = array(oneof({ weight: 3, arbitrary: edit(ANY) }, { weight: 1, arbitrary: run }), { maxLength: 14 });
    await assert(
      asyncProperty(steps, async (history) => {
        const world = await play(history, 'manual', false);
        for (const _again of [1, 2]) {
          world.second = shifted(world.second, 5);
          await world.run('manual', true);
        }
        const before = world.writes;
        const told = await world.run('manual', true);
        expect(world.writes).toBe(before);
        const [paris, lyon] = pictures(world);
        if (told.every(({ conflicts, failed }) => conflicts + failed === 0)) expect(lyon).toEqual(paris);
      }),
      RUNS,
    );
  }, 120_000);
});
