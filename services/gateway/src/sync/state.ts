import { DataSource } from 'typeorm';
import { AppTypes } from '@bridgecore/contracts';
import { Asker, Ground, survey } from '../feed/ground';
import { decodePosition } from '../feed/position';

/** Whose devices are looked at. */
export interface StateRequest {
  readonly system: string;
  readonly user_id: string;
  readonly device_id?: string | undefined;
  readonly app_type?: string | undefined;
}

/** One app of a device, as it is shown. */
interface DeviceState {
  readonly device_id: string;
  readonly app_type: string;
  readonly position: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly last_acked_at: Date | null;
  /** How many events of its app type's models it has not acknowledged; null when its position is of another database. */
  readonly behind: number | null;
  /** There are more of them than were counted. */
  readonly behind_is_more: boolean;
}

type StateRow = Omit<DeviceState, 'behind' | 'behind_is_more'>;

const MAX_STATES = 50;
/** So many events after a position are looked at. */
const COUNTED = 1_000;

/** The devices of a user, those last which were seen longest ago. */
export async function deviceStates(
  source: DataSource,
  { system, user_id, device_id, app_type }: StateRequest,
  appTypes: AppTypes,
): Promise<DeviceState[]> {
  const runner = source.createQueryRunner();
  try {
    const rows = (await runner.query(
      `select device_id, app_type, position, created_at, seen_at as last_seen_at, acked_at as last_acked_at
         from sync_devices where system = $1 and user_id = $2 and ($3::text is null or device_id = $3)
          and ($4::text is null or app_type = $4)
        order by seen_at desc limit $5`,
      [system, user_id, device_id ?? null, app_type ?? null, MAX_STATES],
    )) as StateRow[];
    const asker: Asker = { query: runner.query.bind(runner) };
    const positions = rows.flatMap(({ position }) => decodePosition(position) ?? []);
    const ground = await survey(asker, system, positions);
    const states: DeviceState[] = [];
    for (const row of rows) states.push({ ...row, ...(await behind(asker, ground, row, appTypes)) });
    return states;
  } finally {
    await runner.release();
  }
}

const COUNT = `
  select count(*)::int as seen, count(*) filter (where not is_test and ($4::text[] is null or model = any($4)))::int as behind
    from (select is_test, model from webhook_events where system = $1 and id > $2 order by id limit $3) as following`;

async function behind(
  tx: Asker,
  ground: Ground,
  { position: text, app_type }: StateRow,
  appTypes: AppTypes,
): Promise<Pick<DeviceState, 'behind' | 'behind_is_more'>> {
  const position = decodePosition(text);
  if (position === undefined || !ground.knows(position)) return { behind: null, behind_is_more: false };
  const models = appTypes.get(app_type) ?? null;
  const values = [ground.system, String(position.id), COUNTED, models];
  const [row] = await tx.query<{ seen: number; behind: number }[]>(COUNT, values);
  return { behind: row?.behind ?? 0, behind_is_more: row?.seen === COUNTED };
}
