import { createPool, pendingMigrations, translate } from '@bridgecore/database';
import { silentLog } from '../silent-log';
import { counted } from '../text/prose';
import { inWords } from '../text/time';
import { Found, failed, ok, warning } from './check';

const OLDEST = 15;
/** Clocks further apart than this make times in logs and rows misleading. */
const SKEW_SECONDS = 5;

/** Whether it is there, with the schema that this version needs. */
export async function lookAtPostgres(url: string): Promise<Found> {
  const pool = createPool(url, silentLog, { max: 1, statementTimeoutMs: 5_000 });
  try {
    const before = Date.now();
    const { rows } = await pool.query<{ version: string; now: Date }>(
      `select current_setting('server_version') as version, clock_timestamp() as now`,
    );
    const skew = skewOf(rows[0]?.now ?? new Date(), before, Date.now());
    return judge(rows[0]?.version ?? '?', skew, await pendingMigrations(pool));
  } catch (error) {
    throw translate(error);
  } finally {
    void pool.end().catch(() => undefined); // one that hangs is not waited for
  }
}

function skewOf(theirs: Date, before: number, after: number): number {
  return Math.round((theirs.getTime() - (before + after) / 2) / 1_000) + 0;
}

function judge(version: string, skew: number, pending: readonly string[]): Found {
  const number = version.split(' ')[0] ?? version;
  const clock =
    Math.abs(skew) <= 1
      ? 'its clock agrees with ours'
      : `its clock is ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} ours`;
  const text = `${number}, ${pending.length === 0 ? 'schema up to date' : `${counted(pending.length, 'migration')} pending`}, ${clock}`;
  if (pending.length > 0) return { ...failed(text, 'Apply them: bridgecore migrate'), more: pending };
  if (Number.parseInt(number, 10) < OLDEST)
    return failed(text, `It is older than PostgreSQL ${OLDEST}, which is needed.`);
  if (Math.abs(skew) > SKEW_SECONDS) return warning(text, 'Keep the clocks of both machines right, by NTP.');
  return ok(text);
}
