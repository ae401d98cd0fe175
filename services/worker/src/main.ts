import { networksOf, syncModelsOf, systemIdsOf, systemsOf } from '@bridgecore/contracts';
import { checkedSystems, rpcAsker } from '@bridgecore/odoo';
import { Check, closeServer, createLog, createMetrics, listen, loadConfig } from '@bridgecore/runtime';
import {
  loadSealingKeys,
  readTextFile,
  Sealer,
  serveHealth,
  showReadiness,
  showShutdown,
  Shutdown,
  start,
} from '@bridgecore/runtime';
import { switchLevelOnSignal, unreadyFrom, versionOf, Watchdog } from '@bridgecore/runtime';
import { subscriptionsOf } from './notify/subscriptions-file';
import { pulledSystems } from './odoo/pulled-systems';
import { SETTINGS } from './settings';
import { openWorker } from './worker';

start(async () => {
  const config = loadConfig(SETTINGS);
  const log = createLog({ service: 'worker', ...config });
  switchLevelOnSignal(log);
  const version = versionOf(config);
  const metrics = createMetrics('worker', version);
  const timeoutMs = config.ODOO_TIMEOUT_SECONDS * 1_000;
  const breakerMs = config.ODOO_BREAKER_SECONDS * 1_000;
  const rpcTimeoutMs = config.ODOO_RPC_TIMEOUT_SECONDS * 1_000;
  const calls = { timeoutMs, rpcTimeoutMs, breakerMs, log, metrics };
  const declared = systemsOf(config, readTextFile);
  const systems = pulledSystems(declared, calls);
  const looks = { checked: checkedSystems(declared, timeoutMs), checkRpc: rpcAsker(timeoutMs) };
  const { DATA_SYNC_FILE: file } = config;
  const syncModels = syncModelsOf(file === undefined ? undefined : readTextFile(file, 'DATA_SYNC_FILE'), file);
  const sealer = new Sealer(loadSealingKeys(config, readTextFile));
  const allowed = networksOf(config.NOTIFY_ALLOWED_NETWORKS, 'NOTIFY_ALLOWED_NETWORKS');
  const subscriptions = subscriptionsOf(config, readTextFile);
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();

  const checks: Record<string, Check> = {};
  showReadiness(metrics, checks);
  showShutdown(metrics, shutdown);
  unreadyFrom(shutdown.begun, checks);
  const live: Watchdog[] = [];
  const server = serveHealth(checks, metrics, live);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  const defer = shutdown.defer.bind(shutdown);
  const systemIds = systemIdsOf(config, declared);
  const { begun: ended } = shutdown;
  const notified = { sealer, subscriptions, allowed, version };
  const given = { systems, systemIds, ...looks, ...notified, syncModels, log, metrics, checks, live, ended, defer };
  const working = openWorker(config, given);
  log.info('worker.started', { health_port: port, systems: [...systems.keys()] });
  await working;
});
