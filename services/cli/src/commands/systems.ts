import { SystemView } from '../api/shapes';
import { examples, Registrar } from '../command';
import { EXIT } from '../exit-codes';
import { Output } from '../output';
import { wrapped } from '../text/prose';
import { Column } from '../text/table';
import { ago, inWords, toSecond } from '../text/time';

/** Shows the declared Odoos. */
export function systemsCommand({ program, act }: Registrar): void {
  program
    .command('systems')
    .argument('[id]', 'only this one, with all that is known of it')
    .summary('the Odoos: how far each is pulled, how it is')
    .description(
      'Shows the declared Odoos: how far each is pulled, what it still holds, and what its last check has found. ' +
        'Ends with 1 when one of them is not well.',
    )
    .addHelpText('after', examples(['systems', 'all of them'], ['systems paris', 'one of them']))
    .action(
      act(async (context, _options, [id]) => {
        const { output } = context;
        const path = '/api/v1/systems';
        const one =
          id === undefined ? undefined : await context.api().get<SystemView>(`${path}/${encodeURIComponent(id)}`);
        const systems = one === undefined ? (await context.api().get<{ systems: SystemView[] }>(path)).systems : [one];
        if (output.isJson) output.json(one ?? { systems });
        else if (one !== undefined) showOne(one, output);
        else await showAll(systems, output);
        return systems.some(({ check }) => check !== null && check.state !== 'ok') ? EXIT.found : EXIT.ok;
      }),
    );
}

async function showAll(systems: readonly SystemView[], output: Output): Promise<void> {
  if (systems.length === 0) {
    output.print('No Odoo is declared, so nothing is pulled. Set ODOO_URL or SYSTEMS_FILE for all services.');
    return;
  }
  await output.table(columns(output))(systems);
  for (const system of systems) {
    for (const problem of [...(system.check?.problems ?? []), ...lagOf(system)])
      output.print(`\n${output.paint('yellow', '!')} ${wrapped(`${system.id}: ${problem}`, output.width, '  ')}`);
  }
}

/** What the last check cannot know: that pulls have failed since. */
export function lagOf({ id, pull, sync_interval_seconds: every }: SystemView): string[] {
  const { lag_seconds: lag } = pull;
  if (lag !== null && lag <= 3 * every) return [];
  const how = lag === null ? 'never pulled' : `pulled ${inWords(lag)} ago, not every ${inWords(every)}`;
  return [`it was ${how}. See why: bridgecore pull ${id}`];
}

function columns({ paint }: Output): readonly Column<SystemView>[] {
  return [
    { head: 'SYSTEM', cell: ({ id }) => id, isLong: true },
    { head: 'STATE', cell: ({ check }) => painted(check?.state ?? 'not checked', paint) },
    { head: 'PULLED', cell: ({ pull }) => (pull.lag_seconds === null ? 'never' : `${inWords(pull.lag_seconds)} ago`) },
    { head: 'TO', cell: ({ pull }) => String(pull.last_event_id), isNumber: true },
    { head: 'HELD BY ODOO', cell: ({ check }) => numberOr(check?.pending_events), isNumber: true },
    { head: 'DEAD LETTERS', cell: ({ dead_letters_open: open }) => String(open), isNumber: true },
    { head: 'CHECKED', cell: ({ check }) => ago(check?.checked_at) },
    { head: 'URL', cell: ({ url }) => url, isLong: true, isExtra: true },
  ];
}

function painted(state: string, paint: Output['paint']): string {
  if (state === 'ok') return paint('green', state);
  return state === 'down' ? paint('red', state) : paint('yellow', state);
}

function numberOr(value: number | null | undefined): string {
  return value === null || value === undefined ? '?' : String(value);
}

function showOne(system: SystemView, output: Output): void {
  const { id, url, pull, check, dead_letters_open: open, ...rest } = system;
  const { paint, width } = output;
  const line = (name: string, text: string): void =>
    output.print(`  ${name.padEnd(16)} ${wrapped(text, width, ' '.repeat(19))}`);
  output.print(`${paint('bold', id)} is ${painted(check?.state ?? 'not checked yet', paint)}.`);
  for (const problem of [...(check?.problems ?? []), ...lagOf(system)])
    output.print(`${paint('yellow', '!')} ${wrapped(problem, width, '  ')}`);
  output.print('');
  line('address', url);
  line(
    'checked',
    check === null
      ? 'never: do a scheduler and a worker run?'
      : `${ago(check.checked_at)}; so since ${toSecond(check.changed_at)}`,
  );
  line('key', inKeyWords(check));
  line('addon says', check?.addon_version ?? 'unknown');
  line('its clock', clockInWords(check?.clock_skew_seconds));
  line('RPC', rpcInWords(check));
  line(
    'pulled',
    pull.lag_seconds === null
      ? 'never'
      : `${inWords(pull.lag_seconds)} ago, up to its event ${pull.last_event_id}; every ${inWords(rest.sync_interval_seconds)}`,
  );
  line('swept', ago(pull.swept_at));
  line('runs', String(pull.runs));
  line('held by Odoo', `${numberOr(check?.pending_events)} not acknowledged, when it was checked`);
  line('dead letters', open === 0 ? 'none are open' : `${open} open: bridgecore dead-letters list --system ${id}`);
}

function inKeyWords(check: SystemView['check']): string {
  if (check?.key_accepted === true) return 'accepted';
  return check?.key_accepted === false ? 'refused' : 'unknown';
}

/** How far a clock is off, seen from here. */
export function clockInWords(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return 'unknown';
  if (Math.abs(seconds) < 2) return 'agrees with ours';
  return `${inWords(Math.abs(seconds))} ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
}

function rpcInWords(check: SystemView['check']): string {
  const rpc = check?.rpc ?? null;
  if (rpc === null) return 'unknown';
  if (!rpc.configured) return 'not set up (only a data sync needs it)';
  return rpc.accepted ? `accepted, Odoo ${rpc.version ?? '?'}` : `refused: ${rpc.reason ?? 'no reason given'}`;
}
