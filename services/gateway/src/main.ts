import { OdooSettings, PayloadSettings, systemIdsOf, systemsOf } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { createLog, createMetrics, loadConfig, ProcessConfig, readTextFile, RedisConfig } from '@bridgecore/runtime';
import { showShutdown, Shutdown, start, switchLevelOnSignal, versionOf } from '@bridgecore/runtime';
import { GatewayConfig } from './config';
import { openGateway } from './gateway';
import { loadKeys } from './load-keys';

const CONFIG = [ProcessConfig, RedisConfig, DatabaseConfig, OdooSettings, PayloadSettings, GatewayConfig] as const;

start(async () => {
  const config = loadConfig(CONFIG);
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
