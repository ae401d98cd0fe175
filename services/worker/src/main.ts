import {
  EventJob,
  ODOO_PULL,
  OdooSettings,
  PayloadSettings,
  redaction,
  systemsOf,
  WEBHOOK_EVENTS,
} from '@bridgecore/contracts';
import { answers, createPool, DatabaseConfig, databaseDependency } from '@bridgecore/database';
import {
  Check,
  closeServer,
  connectFailFast,
  connectPatient,
  consume,
  createLog,
  createMetrics,
} from '@bridgecore/runtime';
import { disconnect, HealthConfig, JobReport, listen, loadConfig, probe, ProcessConfig } from '@bridgecore/runtime';
import { readTextFile, RedisConfig, serveHealth, Shutdown, start } from '@bridgecore/runtime';
import { WorkerConfig } from './config';
import { countJobs } from './meters';
import { pulledSystems } from './odoo/pulled-systems';
import { workPullJob } from './pull/pull-job';
import { workEventJob } from './record/event-job';
import { createSeen } from './record/seen';
import { awaitSchema } from './schema';

const CONFIG = [
  ProcessConfig,
  RedisConfig,
  DatabaseConfig,
  HealthConfig,
  OdooSettings,
  PayloadSettings,
  WorkerConfig,
] as const;

start(async () => {
  const config = loadConfig(CONFIG);
  const systems = pulledSystems(systemsOf(config, readTextFile), config.ODOO_TIMEOUT_SECONDS * 1_000);
  const log = createLog({ service: 'worker', ...config });
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();

  const metrics = createMetrics('worker');
  const checks: Record<string, Check> = { schema: () => 'down' };
  const server = serveHealth(checks, metrics);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  const redis = connectPatient(config.REDIS_URL, log);
  shutdown.defer('redis of the queues', () => disconnect(redis));
  const fastRedis = connectFailFast(config.REDIS_URL, log); // for the lock and `seen`: they never wait
  shutdown.defer('redis', () => disconnect(fastRedis));
  checks['redis'] = () => (redis.status === 'ready' ? 'up' : 'down');

  const connections = config.WORKER_CONCURRENCY + systems.size + 2;
  const pool = createPool(config.DATABASE_URL, log, { max: connections, statementTimeoutMs: 15_000 });
  shutdown.defer('postgres', () => pool.end());
  const postgres = probe(() => answers(pool));
  shutdown.defer('probe of postgres', postgres.stop);
  checks['postgres'] = postgres.check;

  const ended = new AbortController();
  const end = ended.abort.bind(ended, undefined);
  shutdown.defer('waiting', end);
  log.info('worker.started', { health_port: port, systems: [...systems.keys()] });
  if (!(await awaitSchema(pool, log, ended.signal))) return;
  checks['schema'] = () => 'up';

  const stores = { pool, log, seen: createSeen(fastRedis, config.WEBHOOK_DEDUP_TTL_SECONDS, log) };
  const dependency = databaseDependency(pool, ended.signal);
  const queue = { redis, log, dependency, counts: countJobs(metrics) };
  const isRedacted = redaction(config.REDACT_FIELDS);
  const pulls = workPullJob(systems, { stores, log, redis: fastRedis, isRedacted, ended: ended.signal, config });
  const pushes = (job: EventJob): Promise<JobReport> => workEventJob(job, stores);
  const consumers = [
    consume({ ...queue, definition: WEBHOOK_EVENTS, concurrency: config.WORKER_CONCURRENCY, work: pushes }),
    consume({ ...queue, definition: ODOO_PULL, concurrency: Math.max(systems.size, 1), work: pulls }),
  ];
  for (const consumer of consumers) shutdown.defer(`queue ${consumer.name}`, () => consumer.close());
  shutdown.defer('pull runs', end); // a run may have many pages before it: it stops after the one under way
});
