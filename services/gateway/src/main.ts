import { appTypesOf, networksOf, systemIdsOf, systemsOf } from '@bridgecore/contracts';
import { createLog, createMetrics, loadConfig, loadSealingKeys, readTextFile } from '@bridgecore/runtime';
import { Sealer, showShutdown, Shutdown, start, switchLevelOnSignal, versionOf } from '@bridgecore/runtime';
import { openGateway } from './gateway';
import { loadKeys } from './load-keys';
import { SETTINGS } from './settings';
import { loadTokenKeys } from './tokens/token-keys';

start(async () => {
  const config = loadConfig(SETTINGS);
  const systems = systemsOf(config, readTextFile);
  const systemIds = systemIdsOf(config, systems);
  const keys = loadKeys(config, new Set(systemIds), readTextFile);
  const tokenKeys = loadTokenKeys(config, readTextFile);
  const appTypes = appTypesOf(config, readTextFile);
  const sealer = new Sealer(loadSealingKeys(config, readTextFile));
  const allowedNetworks = networksOf(config.NOTIFY_ALLOWED_NETWORKS, 'NOTIFY_ALLOWED_NETWORKS');

  const log = createLog({ service: 'gateway', ...config });
  switchLevelOnSignal(log);
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000, config.SHUTDOWN_DELAY_SECONDS * 1_000);
  shutdown.listen();
  const metrics = createMetrics('gateway', versionOf(config));
  showShutdown(metrics, shutdown);
  const defer = shutdown.defer.bind(shutdown);
  const { begun: ending } = shutdown;
  const notify = { sealer, allowedNetworks };
  const given = { keys, tokenKeys, systems, systemIds, appTypes, ...notify, log, metrics, ending, defer };
  const { port, operatorPort } = await openGateway(config, given);
  log.info('gateway.started', { port, operator_port: operatorPort, keys: keys.map(({ id }) => id) });
});
