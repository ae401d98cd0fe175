import { createPool } from '@bridgecore/database';
import { createLog, createMetrics, Shutdown, start } from '@bridgecore/runtime';
import { openOutbox } from '../src/outbox/open-outbox';
import { OutboxSubscriber } from '../src/outbox/subscriber';

/**
 * A worker's relay as a process of its own, to be killed. Its arguments: the database, the name of this run, and after how
 * many entries it kills itself while it hands one on (0: never).
 */
const [, , url = '', run = '', dieAfter = '0'] = process.argv;
let taken = 0;

function dieInTime(): void {
  taken += 1;
  if (taken === Number(dieAfter)) process.kill(process.pid, 'SIGKILL');
}

start(async () => {
  const log = createLog({ service: 'relay', LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
  const pool = createPool(url, log, { max: 4, statementTimeoutMs: 15_000 });
  const shutdown = new Shutdown(log, 20_000);
  shutdown.listen();
  shutdown.defer('postgres', () => pool.end());

  const inside: OutboxSubscriber = {
    name: 'inside',
    handOn: async (entries, tx) => {
      for (const { event_id } of entries) {
        await tx.query('insert into effects (event_id) values ($1)', [event_id]);
        dieInTime();
      }
    },
  };
  const outside: OutboxSubscriber = {
    name: 'outside',
    handOn: async (entries) => {
      for (const { id, event_id } of entries) {
        await pool.query('insert into sent (outbox_id, event_id, run) values ($1, $2, $3)', [id, event_id, run]);
        dieInTime();
      }
    },
  };
  const defer = shutdown.defer.bind(shutdown);
  openOutbox([inside, outside], { pool, log, sweepMs: 20, metrics: createMetrics('relay'), defer });
  await Promise.resolve();
});
