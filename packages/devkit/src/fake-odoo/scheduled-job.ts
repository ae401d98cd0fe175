import type { Pusher } from './pusher';
import type { PushRow } from './tables';

/** What one run of the scheduled job says about itself (`push-cron-status-code-matrix`: `job_result`). */
export interface JobResult {
  readonly total: number;
  readonly success: number;
  readonly failed: number;
}

/** The addon sends so many events per run, one after another. */
export const JOB_LIMIT = 100;

/** One run of the job for pending events: medium, low, high, then by second, ties in no order (`cron-send-order`). */
export async function runJob(rows: readonly PushRow[], pusher: Pusher, limit: number): Promise<JobResult> {
  const due = rows
    .filter(({ status }) => status === 'pending')
    .sort(inJobOrder)
    .slice(0, limit);
  let success = 0;
  for (const row of due) {
    if (await pusher.scheduled(row)) success += 1;
  }
  return { total: due.length, success, failed: due.length - success };
}

function inJobOrder(left: PushRow, right: PushRow): number {
  return (
    compare(right.priority, left.priority) || compare(left.timestamp, right.timestamp) || scatter(left) - scatter(right)
  );
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** PostgreSQL gives equal rows in any order; so that nobody relies on ids, this one is not theirs. */
function scatter({ id }: PushRow): number {
  return (id * 7919) % 101;
}
