import { QueueFigures } from '@bridgecore/runtime';
import { QueuesView } from '../api/shapes';
import { examples, Registrar } from '../command';
import { Column } from '../text/table';
import { listed } from '../text/prose';
import { inWords } from '../text/time';

/** Shows how much waits, and for how long. */
export function queuesCommand({ program, act }: Registrar): void {
  program
    .command('queues')
    .summary('how much waits, and for how long')
    .description(
      'Shows how many jobs are in each queue now, and for how long the oldest that nobody works on has been due.',
    )
    .addHelpText(
      'after',
      examples(['queues', 'all queues'], ["queues --json | jq '.queues[].oldest_seconds'", 'for a script']),
    )
    .action(
      act(async (context) => {
        const found = await context.api().get<QueuesView>('/api/v1/queues');
        if (context.output.isJson) context.output.json(found);
        else {
          context.output.print(queuesInWords(found.queues));
          context.output.print('');
          await context.output.table(COLUMNS)(found.queues);
        }
        return undefined;
      }),
    );
}

/** What matters of it, in a sentence. */
export function queuesInWords(queues: readonly QueueFigures[]): string {
  const sum = (count: (jobs: QueueFigures['jobs']) => number): number =>
    queues.reduce((total, { queue, jobs }) => total + (queue === 'ticks' ? 0 : count(jobs)), 0);
  const waiting = sum(({ waiting: now, prioritized, delayed }) => now + prioritized + delayed);
  const oldest = Math.max(0, ...queues.map(({ oldest_seconds: seconds }) => seconds ?? 0));
  const failed = queues.filter(({ jobs }) => jobs.failed > 0).map(({ queue, jobs }) => `${jobs.failed} of ${queue}`);
  const tail = failed.length === 0 ? '' : ` Failed and still remembered: ${listed(failed)}.`;
  if (waiting === 0) return `Nothing waits.${tail}`;
  const since = oldest > 0 ? `, the oldest for ${inWords(oldest)}` : '';
  return `${waiting === 1 ? 'One job waits' : `${waiting} jobs wait`}${since}.${tail}`;
}

const COLUMNS: readonly Column<QueueFigures>[] = [
  { head: 'QUEUE', cell: ({ queue }) => queue },
  { head: 'WAITING', cell: ({ jobs }) => String(jobs.waiting + jobs.prioritized), isNumber: true },
  { head: 'FOR LATER', cell: ({ jobs }) => String(jobs.delayed), isNumber: true },
  { head: 'ACTIVE', cell: ({ jobs }) => String(jobs.active), isNumber: true },
  { head: 'FAILED', cell: ({ jobs }) => String(jobs.failed), isNumber: true },
  { head: 'OLDEST', cell: ({ oldest_seconds: seconds }) => (seconds === null ? '–' : inWords(seconds)) },
];
