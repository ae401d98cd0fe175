import { syncModelsOf, systemIdsOf, systemsOf } from '@bridgecore/contracts';
import { checkedSystems, rpcAsker } from '@bridgecore/odoo';
import { Check, closeServer, createLog, createMetrics, listen, loadConfig } from '@bridgecore/runtime';
import { readTextFile, serveHealth, showReadiness, showShutdown, Shutdown, start } from '@bridgecore/runtime';
import { switchLevelOnSignal, versionOf, Watchdog } from '@bridgecore/runtime';
import { pulledSystems } from './odoo/pulled-systems';
import { SETTINGS } from './settings';
import { openWorker } from './worker';

start(async () => {
  const config = loadConfig(SETTINGS);
  const log = createLog({ service: 'worker', ...config });
  switchLevelOnSignal(log);
  const metrics = createMetrics('worker', versionOf(config));
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
  showReadiness(metrics, checks);
  showShutdown(metrics, shutdown);
  const live: Watchdog[] = [];
  const server = serveHealth(checks, metrics, live);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  const defer = shutdown.defer.bind(shutdown);
  const systemIds = systemIdsOf(config, declared);
  const working = openWorker(config, { systems, systemIds, ...looks, syncModels, log, metrics, checks, live, defer });
  log.info('worker.started', { health_port: port, systems: [...systems.keys()] });
  await working;
});
