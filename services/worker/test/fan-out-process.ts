import { createPool } from '@bridgecore/database';
import { createLog, createMetrics, Shutdown, start } from '@bridgecore/runtime';
import { FanOut } from '../src/notify/fan-out';
import { openOutbox } from '../src/outbox/open-outbox';
import { OutboxSubscriber } from '../src/outbox/subscriber';

/**
 * A worker's fan-out as a process of its own, to be killed. Its arguments: the database; `before` or `after` the commit of what
 * it hands on it kills itself; and in which of its batches (0: never).
 */
const [, , url = '', where = '', dieIn = '0'] = process.argv;
let batches = 0;

function dieInTime(here: string): void {
  if (here === where && batches === Number(dieIn)) process.kill(process.pid, 'SIGKILL');
}

start(async () => {
  const log = createLog({ service: 'fan-out', LOG_LEVEL: 'warn', LOG_FORMAT: 'json' });
  const pool = createPool(url, log, { max: 3, statementTimeoutMs: 15_000 });
  const shutdown = new Shutdown(log, 20_000);
  shutdown.listen();
  shutdown.defer('postgres', () => pool.end());

  const fanOut = new FanOut({ log, ring: () => undefined });
  const subscriber: OutboxSubscriber = {
    name: fanOut.name,
    handOn: async (entries, tx) => {
      batches += 1;
      await fanOut.handOn(entries, tx);
      dieInTime('before');
    },
    handedOn: () => {
      fanOut.handedOn();
      dieInTime('after');
    },
  };
  const defer = shutdown.defer.bind(shutdown);
  openOutbox([subscriber], { pool, log, sweepMs: 20, metrics: createMetrics('fan-out'), defer });
  await Promise.resolve();
});
