import { createServer } from 'node:http';
import { OdooSettings, PayloadSettings, redaction, systemsOf, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { closeServer, connectFailFast, createLog, createMetrics, disconnect, listen } from '@bridgecore/runtime';
import { loadConfig, ProcessConfig, Producer, readTextFile, RedisConfig, Shutdown, start } from '@bridgecore/runtime';
import { createApp } from './app';
import { authenticate } from './authenticate';
import { GatewayConfig } from './config';
import { openDatabase } from './database';
import { Batcher } from './enqueue';
import { jsonBody } from './json-body';
import { loadKeys } from './keys';
import { rateLimit } from './limits';
import { operatorRoutes } from './operator-routes';
import { pushRoute } from './push-route';
import { createRequestLog } from './request-log';

const CONFIG = [ProcessConfig, RedisConfig, DatabaseConfig, OdooSettings, PayloadSettings, GatewayConfig] as const;

/** The limiter must leave time to enqueue; when Redis is slower than this, it counts in memory. */
const LIMITER_TIMEOUT_MS = 200;

start(async () => {
  const config = loadConfig(CONFIG);
  const systems = new Set(systemsOf(config, readTextFile).map(({ id }) => id));
  if (config.SYSTEMS_FILE === undefined) systems.add(config.ODOO_SYSTEM_ID); // pushes may come before ODOO_URL is known
  const keys = loadKeys(config, systems, readTextFile);

  const log = createLog({ service: 'gateway', ...config });
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();
  const metrics = createMetrics('gateway');
  const requestLog = createRequestLog(log, metrics);

  const redis = connectFailFast(config.REDIS_URL, log);
  shutdown.defer('redis', () => disconnect(redis));
  const limiterRedis = connectFailFast(config.REDIS_URL, log, LIMITER_TIMEOUT_MS);
  shutdown.defer('redis of the limiter', () => disconnect(limiterRedis));
  const database = openDatabase(config.DATABASE_URL, log);
  shutdown.defer('postgres', () => database.close());
  const checks = { redis: () => (redis.status === 'ready' ? 'up' : 'down'), postgres: database.check } as const;

  const events = new Producer(WEBHOOK_EVENTS, redis);
  const pushes = pushRoute({
    before: [
      authenticate(keys, 'ingest'),
      rateLimit(limiterRedis, config.WEBHOOK_RATE_LIMIT_PER_MINUTE),
      ...jsonBody(config.WEBHOOK_MAX_BODY_BYTES),
    ],
    enqueue: new Batcher((job) => events.add(job)).enqueue,
    isRedacted: redaction(config.REDACT_FIELDS),
    deadlineMs: config.WEBHOOK_DEADLINE_MS,
  });
  const publicServer = createServer(createApp({ requestLog, checks, routes: pushes }));
  publicServer.requestTimeout = 30_000; // a body that trickles in does not hold a connection for ever
  const port = await listen(publicServer, config.PORT, config.HOST);
  shutdown.defer('public port', () => closeServer(publicServer));

  const routes = operatorRoutes(database.source, keys, metrics);
  const operatorServer = createServer(createApp({ requestLog, checks, routes }));
  const operatorPort = await listen(operatorServer, config.OPERATOR_PORT, config.OPERATOR_HOST);
  shutdown.defer('operator port', () => closeServer(operatorServer));
  log.info('gateway.started', { port, operator_port: operatorPort, keys: keys.map(({ id }) => id) });
});
