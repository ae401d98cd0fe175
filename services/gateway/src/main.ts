import { systemIdsOf, systemsOf } from '@bridgecore/contracts';
import { createLog, createMetrics, loadConfig, readTextFile, showShutdown, Shutdown } from '@bridgecore/runtime';
import { start, switchLevelOnSignal, versionOf } from '@bridgecore/runtime';
import { openGateway } from './gateway';
import { loadKeys } from './load-keys';
import { SETTINGS } from './settings';

start(async () => {
  const config = loadConfig(SETTINGS);
  const systems = systemsOf(config, readTextFile);
  const keys = loadKeys(config, new Set(systemIdsOf(config, systems)), readTextFile);

  const log = createLog({ service: 'gateway', ...config });
  switchLevelOnSignal(log);
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();
  const metrics = createMetrics('gateway', versionOf(config));
  showShutdown(metrics, shutdown);
  const defer = shutdown.defer.bind(shutdown);
  const { port, operatorPort } = await openGateway(config, { keys, systems, log, metrics, defer });
  log.info('gateway.started', { port, operator_port: operatorPort, keys: keys.map(({ id }) => id) });
});
