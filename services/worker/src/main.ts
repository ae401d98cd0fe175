import { OdooSettings, PayloadSettings, systemsOf } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { Check, closeServer, createLog, createMetrics, HealthConfig, listen, loadConfig } from '@bridgecore/runtime';
import { ProcessConfig, readTextFile, RedisConfig, serveHealth, Shutdown, start, Watchdog } from '@bridgecore/runtime';
import { RetentionConfig } from './clean-up/retention-config';
import { WorkerConfig } from './config';
import { pulledSystems } from './odoo/pulled-systems';
import { openWorker } from './worker';

const CONFIG = [
  ProcessConfig,
  RedisConfig,
  DatabaseConfig,
  HealthConfig,
  OdooSettings,
  PayloadSettings,
  WorkerConfig,
  RetentionConfig,
] as const;

start(async () => {
  const config = loadConfig(CONFIG);
  const log = createLog({ service: 'worker', ...config });
  const metrics = createMetrics('worker');
  const timeoutMs = config.ODOO_TIMEOUT_SECONDS * 1_000;
  const breakerMs = config.ODOO_BREAKER_SECONDS * 1_000;
  const systems = pulledSystems(systemsOf(config, readTextFile), { timeoutMs, breakerMs, log, metrics });
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();

  const checks: Record<string, Check> = {};
  const live: Watchdog[] = [];
  const server = serveHealth(checks, metrics, live);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  const defer = shutdown.defer.bind(shutdown);
  const working = openWorker(config, { systems, log, metrics, checks, live, defer });
  log.info('worker.started', { health_port: port, systems: [...systems.keys()] });
  await working;
});
