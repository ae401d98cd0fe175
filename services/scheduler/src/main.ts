import { BridgeError, ODOO_PULL, OdooSettings, systemsOf, TICKS } from '@bridgecore/contracts';
import {
  Check,
  closeServer,
  connectFailFast,
  connectPatient,
  consume,
  createLog,
  createMetrics,
} from '@bridgecore/runtime';
import {
  disconnect,
  HealthConfig,
  listen,
  loadConfig,
  ProcessConfig,
  Producer,
  readTextFile,
} from '@bridgecore/runtime';
import { RedisConfig, serveHealth, Shutdown, start } from '@bridgecore/runtime';
import { keep } from './keep';
import { reconcile, schedulesOf, workTick } from './ticks';

/** Redis may come back empty: so often it is looked at whether every schedule is still there. */
const RECONCILE_MS = 60_000;

const isQueueUnavailable = (error: unknown): boolean => error instanceof BridgeError && error.code === 'QUEUE_UNAVAILABLE';

const CONFIG = [ProcessConfig, RedisConfig, HealthConfig, OdooSettings] as const;

start(async () => {
  const config = loadConfig(CONFIG);
  const schedules = schedulesOf(systemsOf(config, readTextFile));
  const log = createLog({ service: 'scheduler', ...config });
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();

  const metrics = createMetrics('scheduler');
  const checks: Record<string, Check> = {};
  const server = serveHealth(checks, metrics);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  const redis = connectFailFast(config.REDIS_URL, log);
  shutdown.defer('redis', () => disconnect(redis));
  const patientRedis = connectPatient(config.REDIS_URL, log);
  shutdown.defer('redis', () => disconnect(patientRedis));
  checks['redis'] = () => (redis.status === 'ready' ? 'up' : 'down');

  const ticks = new Producer(TICKS, redis);
  const work = workTick(new Producer(ODOO_PULL, redis));
  const consumer = consume({ definition: TICKS, concurrency: 10, redis: patientRedis, log, work });
  shutdown.defer('queue ticks', () => consumer.close());

  const reconciling = keep(
    () => ticks.use((queue) => reconcile(queue, schedules, log)),
    RECONCILE_MS,
    (error) => {
      if (!isQueueUnavailable(error)) log.error('schedule.failed', { error }); // `redis.down` tells the other
    },
  );
  shutdown.defer('schedules', () => reconciling.stop());
  log.info('scheduler.started', { health_port: port, schedules: schedules.map(({ id }) => id) });
  if (schedules.length === 0)
    log.warn('scheduler.idle', { hint: 'set ODOO_URL or SYSTEMS_FILE to have an Odoo pulled' });
});
