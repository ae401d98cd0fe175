import { ODOO_PULL, OdooSettings, PayloadSettings, redaction, systemsOf, WEBHOOK_EVENTS } from '@bridgecore/contracts';
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
import { disconnect, HealthConfig, listen, loadConfig, probe, ProcessConfig, readTextFile } from '@bridgecore/runtime';
import { RedisConfig, serveHealth, Shutdown, start } from '@bridgecore/runtime';
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
  shutdown.defer('redis', () => disconnect(redis));
  const fastRedis = connectFailFast(config.REDIS_URL, log); // for the lock and `seen`: they never wait
  shutdown.defer('redis', () => disconnect(fastRedis));
  checks['redis'] = () => (redis.status === 'ready' ? 'up' : 'down');

  const connections = config.WORKER_CONCURRENCY + systems.size + 2;
  const pool = createPool(config.DATABASE_URL, log, { max: connections, statementTimeoutMs: 15_000 });
  shutdown.defer('postgres', () => pool.end());
  const postgres = probe(() => answers(pool));
  shutdown.defer('postgres', postgres.stop);
  checks['postgres'] = postgres.check;

  const ended = new AbortController();
  shutdown.defer('waiting', () => {
    ended.abort();
  });
  log.info('worker.started', { health_port: port, systems: [...systems.keys()] });
  if (!(await awaitSchema(pool, log, ended.signal))) return;
  checks['schema'] = () => 'up';

  const stores = { pool, log, seen: createSeen(fastRedis, config.WEBHOOK_DEDUP_TTL_SECONDS, log) };
  const shared = { redis, log, dependency: databaseDependency(pool, ended.signal), counts: countJobs(metrics) };
  const pulls = workPullJob(systems, {
    stores,
    log,
    redis: fastRedis,
    isRedacted: redaction(config.REDACT_FIELDS),
    config,
  });
  const consumers = [
    consume({
      ...shared,
      definition: WEBHOOK_EVENTS,
      concurrency: config.WORKER_CONCURRENCY,
      work: (job) => workEventJob(job, stores),
    }),
    consume({ ...shared, definition: ODOO_PULL, concurrency: Math.max(systems.size, 1), work: pulls }),
  ];
  for (const consumer of consumers) shutdown.defer(`queue ${consumer.name}`, () => consumer.close());
});
