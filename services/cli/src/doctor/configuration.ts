import { Environment } from '@bridgecore/runtime';
import { effectiveConfig } from '../config/effective';
import { SERVICES } from '../config/services';
import { counted } from '../text/prose';
import { Check, Found, ok, skipped } from './check';

/** Whether each service would start with this environment. */
export function configurationChecks(env: Environment): Check[] {
  return SERVICES.map((service) => ({
    id: `config-${service.name}`,
    title: `config ${service.name}`,
    timeoutMs: 5_000,
    look: () =>
      Promise.resolve(service.name !== 'cli' && !isOfServices(env) ? skipped(ELSEWHERE) : lookAt(service, env)),
  }));
}

const ELSEWHERE = 'this is not the environment of the services (it has no REDIS_URL)';

/** Whoever operates from another machine has only the gateway's address and a key. */
function isOfServices(env: Environment): boolean {
  return Boolean(env['REDIS_URL']) || Boolean(env['REDIS_URL_FILE']);
}

function lookAt(service: (typeof SERVICES)[number], env: Environment): Found {
  const { variables, problems } = effectiveConfig(service, env);
  const all = [...new Set([...variables.flatMap(({ problem }) => problem ?? []), ...problems])];
  const set = variables.filter(({ source }) => source === 'environment' || source === 'file').length;
  if (all.length === 0) return ok(`valid (${counted(set, 'variable')} set)`);
  const hint = `All of them: bridgecore config ${service.name}`;
  return {
    mark: 'failed',
    text: `${counted(all.length, 'problem')}; it would not start with this environment`,
    more: all,
    hint,
  };
}
