import { Api } from '../api/api';
import { SystemView } from '../api/shapes';
import { Check, Found, failed, ok, skipped, warning } from './check';
import { inWords } from '../text/time';

/** Its public port: whether it lives, and takes pushes. */
export async function lookAtGateway(api: Api): Promise<Found> {
  const live = await api.ask('GET', '/health/live');
  const ready = await api.ask('GET', '/health/ready');
  const { status, checks } = ready.body ?? {};
  if (live.status !== 200 || typeof status !== 'string') {
    return failed(
      `${api.url} answers ${live.status}, but not as a gateway does`,
      'Set BRIDGECORE_PUSH_URL to its public port.',
    );
  }
  const parts = Object.entries((checks ?? {}) as Record<string, string>).map(([name, state]) => `${name} ${state}`);
  const text = `${api.url} is ${status}: ${parts.join(', ')}`;
  if (ready.status !== 200)
    return failed(text, 'It refuses pushes until that is mended; the next pull brings what is refused.');
  if (status === 'degraded') return warning(text, 'Pushes are accepted all the same; what is away is told above.');
  return ok(text);
}

/** Its operator port: whether it is there, and takes our key. */
export async function lookAtOperatorPort(api: Api): Promise<Found> {
  const { systems } = await api.get<{ systems: SystemView[] }>('/api/v1/systems');
  return ok(
    `${api.url} takes our key; it knows ${systems.length === 0 ? 'no Odoo' : systems.map(({ id }) => id).join(', ')}`,
  );
}

/** Whether the declared systems are really pulled, which takes a scheduler, a worker, Redis, PostgreSQL and Odoo. */
export function pullChecks(api: Api | undefined, systems: readonly string[]): Check[] {
  return systems.map((id) => ({
    id: `pull-${id}`,
    title: `pull of ${id}`,
    timeoutMs: 10_000,
    look: async () => {
      if (api === undefined) return skipped('no OPERATOR_API_KEY');
      return pullFound(await api.get<SystemView>(`/api/v1/systems/${encodeURIComponent(id)}`));
    },
  }));
}

/** Runs may be skipped now and then, and a restart takes its time. */
const GRACE_SECONDS = 60;

/** How far a system is pulled, and whether that is as it should be. */
export function pullFound({ id, pull, sync_interval_seconds: every, dead_letters_open: letters }: SystemView): Found {
  const { lag_seconds: lag } = pull;
  if (lag === null) {
    const hint = `Do a scheduler and a worker run, with this Odoo declared? See why it fails: bridgecore pull ${id}`;
    return failed('it was never pulled', hint);
  }
  const text = `pulled ${inWords(lag)} ago, up to its event ${pull.last_event_id}; every ${inWords(every)}`;
  const hint = `It should be pulled more often. See why it is not: bridgecore pull ${id}`;
  if (lag > 3 * every + GRACE_SECONDS) return failed(text, hint);
  if (lag > 3 * every) return warning(text, hint);
  if (letters === 0) return ok(text);
  const open = letters === 1 ? '1 dead letter is open' : `${letters} dead letters are open`;
  return warning(`${text}; ${open}`, `See them: bridgecore dead-letters list --system ${id}`);
}
