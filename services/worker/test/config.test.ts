import { ConfigError, loadConfig } from '@bridgecore/runtime';
import { WorkerConfig } from '../src/config';

const load = (env: Record<string, string> = {}) => loadConfig([WorkerConfig], env);

describe('the settings of the worker', () => {
  it('fit each other by default', () => {
    const { ODOO_TIMEOUT_SECONDS, ODOO_SYNC_RUN_SECONDS, ODOO_BREAKER_SECONDS } = load();

    expect(ODOO_TIMEOUT_SECONDS).toBeLessThan(ODOO_SYNC_RUN_SECONDS);
    expect(ODOO_BREAKER_SECONDS).toBe(30);
  });

  it.each(['30', '20'])('are refused when a call of 30 s is to end within a run of %s s', (seconds) => {
    expect(() => load({ ODOO_SYNC_RUN_SECONDS: seconds })).toThrow(ConfigError);
    expect(() => load({ ODOO_SYNC_RUN_SECONDS: seconds })).toThrow(
      `ODOO_TIMEOUT_SECONDS is not set: must be less than ODOO_SYNC_RUN_SECONDS (${seconds}); it is 30`,
    );
  });

  it('let the breaker wait 30 s at most', () => {
    expect(() => load({ ODOO_BREAKER_SECONDS: '31' })).toThrow('ODOO_BREAKER_SECONDS');
  });
});
