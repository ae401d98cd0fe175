import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Api } from '../api/api';
import { SubscriptionView, ToldDelivery } from '../api/notify-shapes';
import { examples, Registrar, upTo } from '../command';
import { CliError, explained } from '../cli-error';
import { Context } from '../context';
import { EXIT, ExitCode } from '../exit-codes';
import { showAttempts } from './delivery-story';
import { ago } from '../text/time';
import { pathOf } from './subscription-story';

interface Options {
  readonly wait: boolean;
  readonly timeout: number;
}

const POLL_MS = 300;

/** Sends a test to a receiver. */
export function testCommand(group: Command, act: Registrar['act']): void {
  group
    .command('test')
    .argument('<name>', 'of a subscription')
    .description(
      'Sends a test (bridgecore.test, signed as any other) and waits for what the receiver says. Ends with 1 when it does not take it.',
    )
    .option('--no-wait', 'do not wait')
    .option('--timeout <seconds>', 'wait for so long', upTo(600), 30)
    .addHelpText(
      'after',
      examples(
        ['subscriptions test shop', 'does it take what we send?'],
        ['subscriptions test shop --json', 'for a script'],
      ),
    )
    .action(act<Options>(test));
}

async function test(context: Context, { wait, timeout }: Options, [name = '']: readonly string[]): Promise<ExitCode> {
  const { output } = context;
  const api = context.api();
  const { state } = await api.get<SubscriptionView>(pathOf(name));
  if (state === 'paused') throw paused(name);
  const asked = await api.post<{ delivery_id: string }>(`${pathOf(name)}/test`);
  const { delivery_id: id } = asked;
  if (!wait) {
    if (output.isJson) output.json(asked);
    else output.print(`A test is sent as delivery ${id}. What came of it: bridgecore deliveries show ${id}`);
    return EXIT.ok;
  }
  const told = await outcome(context, api, id, timeout);
  output.status('');
  if (told === undefined) throw notTried(await api.get<SubscriptionView>(pathOf(name)), id, timeout);
  const isTaken = told.state === 'delivered';
  if (output.isJson) output.json(told);
  else {
    output.print(`${isTaken ? output.paint('green', '✓') : output.paint('red', '✗')} ${inWords(name, told)}`);
    await showAttempts(told.attempt_log, output);
  }
  return isTaken ? EXIT.ok : EXIT.found;
}

function inWords(name: string, { id, state, attempts, attempt_log: log }: ToldDelivery): string {
  if (state === 'delivered') return `${name} has taken the test.`;
  if (log.at(-1)?.status === 410)
    return `${name} wants no more, it says by its 410, and is paused. When it does again: bridgecore subscriptions resume ${name}`;
  if (state === 'waiting')
    return `${name} has not taken the test; it is tried again (${attempts} so far): bridgecore deliveries show ${id}`;
  return `${name} has not taken the test, and it is not tried again (${state}).`;
}

/** The test once it was tried, or closed; undefined when neither comes in time. A first try that failed says enough: the next one may be minutes away. */
async function outcome(
  { output, world }: Context,
  api: Api,
  id: string,
  seconds: number,
): Promise<ToldDelivery | undefined> {
  const startedAt = Date.now();
  for (;;) {
    const told = await patiently(() => api.get<ToldDelivery>(`/api/v1/deliveries/${encodeURIComponent(id)}`));
    if (told !== undefined && (told.state !== 'waiting' || told.attempt_log.length > 0)) return told;
    const waited = (Date.now() - startedAt) / 1_000;
    if (waited > seconds) return undefined;
    output.status(`waiting for its receiver, for ${Math.round(waited)} s …`);
    await sleep(POLL_MS, undefined, { signal: world.interrupted });
  }
}

/** A gateway that is away for a moment ends nothing. */
async function patiently<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (explained(error)?.exitCode === EXIT.unavailable) return undefined;
    throw error;
  }
}

function paused(name: string): CliError {
  const hint = `Send to it again first: bridgecore subscriptions resume ${name}`;
  return new CliError(EXIT.found, 'PAUSED', `${name} is paused: nothing is sent to it, and no test either.`, { hint });
}

function notTried({ name, open_until: until }: SubscriptionView, id: string, seconds: number): CliError {
  const isOpen = until !== null && Date.parse(until) > Date.now();
  const hint = isOpen
    ? `Its receiver has failed again and again, and is left alone: the next try is ${ago(until)}. At once: bridgecore subscriptions resume ${name}`
    : 'Does much wait before it, or is its rate low (bridgecore subscriptions show)? Do workers run (bridgecore doctor)?';
  const text = `The test was not tried within ${seconds} s. Later: bridgecore deliveries show ${id}`;
  return new CliError(EXIT.unavailable, 'STILL_RUNNING', text, { hint });
}
