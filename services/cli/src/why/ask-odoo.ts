import { BridgeError, DeclaredSystem, OdooSettings, systemsOf } from '@bridgecore/contracts';
import { heldEvents, HeldEvents } from '@bridgecore/odoo';
import { ConfigError, Environment, expandEnvironment, loadConfig, readTextFile } from '@bridgecore/runtime';
import { counted } from '../text/prose';
import { Finding, WhyView } from './shapes';

/** An Odoo has so much time for all of it. */
const TIMEOUT_MS = 10_000;

interface Asked {
  readonly model: string;
  readonly recordId: number;
  readonly system: string | undefined;
}

/** What an Odoo has said, and when it could not be asked why. */
export type Held = { readonly system: string } & ({ readonly held: HeldEvents } | { readonly problem: string });

/** Asks the Odoos that this environment declares what they still hold of a record. What fails is part of the answer. */
export async function askOdoos(
  { system: only, ...record }: Asked,
  env: Environment,
  signal: AbortSignal,
): Promise<Held[]> {
  const systems = declared(env).filter(({ id }) => only === undefined || id === only);
  return Promise.all(
    systems.map(async (system): Promise<Held> => {
      try {
        const apiKey = expandEnvironment(system.webhook_api_key, env);
        const late = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        return {
          system: system.id,
          held: await heldEvents({ url: system.url, apiKey, timeoutMs: TIMEOUT_MS }, record, late),
        };
      } catch (error) {
        if (error instanceof ConfigError) return { system: system.id, problem: error.problems.join('; ') };
        if (error instanceof BridgeError) return { system: system.id, problem: error.message };
        throw error;
      }
    }),
  );
}

/** A declaration that cannot be read is what `bridgecore config` tells; here it only means that nobody can be asked. */
function declared(env: Environment): DeclaredSystem[] {
  try {
    return systemsOf(loadConfig([OdooSettings], env), readTextFile);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof BridgeError) return [];
    throw error;
  }
}

/** What the Odoos have said, as findings like those of the gateway. */
export function odooFindings(answers: readonly Held[], { model, record_id: id, verdict, systems }: WhyView): Finding[] {
  return answers.map((answer) => {
    const { system } = answer;
    if ('problem' in answer) {
      const text = `Asked from here, ${system} does not say what it still holds: ${answer.problem.replace(/[^.!?]$/, '$&.')}`;
      return { severity: 'info', code: 'ODOO_NOT_ASKED', system, text, hint: null };
    }
    const { ids, allSeen } = answer.held;
    if (ids.length > 0) return holding(system, `${model} ${id}`, answer.held, cursorOf(systems, system));
    const where = allSeen ? '' : ` among the first 500 of ${model} that wait there; it holds more`;
    const text = `Asked just now, ${system} holds no unacknowledged event of ${model} ${id}${where}.`;
    const hint = verdict.code === 'NOT_ARRIVED' && allSeen ? NO_EVENT : null;
    return { severity: 'info', code: 'ODOO_HOLDS_NOTHING', system, text, hint };
  });
}

const NO_EVENT =
  'So Odoo has made none: is there a webhook rule for this model and operation? A change within 3 s of another one of the same record makes none either.';

function cursorOf(systems: WhyView['systems'], id: string): number | undefined {
  return systems?.find((system) => system.id === id)?.pull.last_event_id;
}

/** An id behind the cursor was committed late: only a sweep brings it. */
function holding(system: string, record: string, { ids, newestAt }: HeldEvents, cursor: number | undefined): Finding {
  const isBehind = cursor !== undefined && ids.some((id) => id <= cursor);
  const many = ids.length > 5 ? `${ids.slice(0, 5).join(', ')}, …` : ids.join(', ');
  const when = newestAt === null ? '' : `, the last of ${newestAt}`;
  const text = `Asked just now, ${system} holds ${counted(ids.length, 'event')} of ${record} that nobody has pulled yet (its ids ${many}${when}).`;
  const hint = isBehind
    ? `Committed late, so behind the position of the pull: the next sweep brings it. Now: bridgecore sweep ${system}`
    : `The next pull brings it. Now: bridgecore pull ${system}`;
  return { severity: 'warning', code: 'ODOO_HOLDS', system, text, hint };
}
