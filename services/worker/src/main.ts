import { OdooSettings, PayloadSettings, syncModelsOf, systemsOf } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { Check, closeServer, createLog, createMetrics, HealthConfig, listen, loadConfig } from '@bridgecore/runtime';
import { ProcessConfig, readTextFile, RedisConfig, serveHealth, Shutdown, start } from '@bridgecore/runtime';
import { unreadyFrom, Watchdog } from '@bridgecore/runtime';
import { rpcAsker } from './checks/ask-rpc';
import { checkedSystems } from './checks/checked-systems';
import { RetentionConfig } from './clean-up/retention-config';
import { WorkerConfig } from './config';
import { pulledSystems } from './odoo/pulled-systems';
import { DataSyncConfig } from './sync/config';
import { openWorker } from './worker';

const CONFIG = [
  ProcessConfig,
  RedisConfig,
  DatabaseConfig,
  HealthConfig,
  OdooSettings,
  PayloadSettings,
  WorkerConfig,
  DataSyncConfig,
  RetentionConfig,
] as const;

start(async () => {
  const config = loadConfig(CONFIG);
  const log = createLog({ service: 'worker', ...config });
  const metrics = createMetrics('worker');
  const timeoutMs = config.ODOO_TIMEOUT_SECONDS * 1_000;
  const breakerMs = config.ODOO_BREAKER_SECONDS * 1_000;
  const rpcTimeoutMs = config.ODOO_RPC_TIMEOUT_SECONDS * 1_000;
  const calls = { timeoutMs, rpcTimeoutMs, breakerMs, log, metrics };
  const declared = systemsOf(config, readTextFile);
  const systems = pulledSystems(declared, calls);
  const looks = { checked: checkedSystems(declared, timeoutMs), checkRpc: rpcAsker(timeoutMs) };
  const { DATA_SYNC_FILE: file } = config;
  const syncModels = syncModelsOf(file === undefined ? undefined : readTextFile(file, 'DATA_SYNC_FILE'), file);
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();

  const checks: Record<string, Check> = {};
  unreadyFrom(shutdown.begun, checks);
  const live: Watchdog[] = [];
  const server = serveHealth(checks, metrics, live);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  const defer = shutdown.defer.bind(shutdown);
  const { begun: ended } = shutdown;
  const working = openWorker(config, { systems, ...looks, syncModels, log, metrics, checks, live, ended, defer });
  log.info('worker.started', { health_port: port, systems: [...systems.keys()] });
  await working;
});
