import { CliError } from '../cli-error';

export type Mark = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of the doctor: what was looked at, how it was found, and what to do about it. */
export interface Found {
  readonly mark: Mark;
  readonly text: string;
  readonly hint?: string | undefined;
  /** More lines, when there is more than one thing to say. */
  readonly more?: readonly string[];
}

/** Something that is looked at, within a time; `id` is stable, for scripts. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly timeoutMs: number;
  readonly look: (signal: AbortSignal) => Promise<Found>;
}

/** A check with what it has found. */
export interface Checked extends Found {
  readonly id: string;
  readonly title: string;
  readonly tookMs: number;
}

export const ok = (text: string): Found => ({ mark: 'ok', text });
export const warning = (text: string, hint?: string): Found => ({ mark: 'warning', text, hint });
export const failed = (text: string, hint?: string): Found => ({ mark: 'failed', text, hint });
export const skipped = (text: string): Found => ({ mark: 'skipped', text: `skipped: ${text}` });

/** Runs a check to its end or to the end of its time. What it throws is a finding too. */
export async function runCheck({ id, title, timeoutMs, look }: Check, interrupted: AbortSignal): Promise<Checked> {
  const startedAt = performance.now();
  const late = AbortSignal.timeout(timeoutMs);
  const found = await Promise.race([look(AbortSignal.any([late, interrupted])).catch(thrown), ended(late, timeoutMs)]);
  return { id, title, ...found, tookMs: Math.round(performance.now() - startedAt) };
}

function thrown(error: unknown): Found {
  if (error instanceof CliError) return failed(error.message, error.options.hint);
  return failed(error instanceof Error ? error.message : String(error));
}

function ended(late: AbortSignal, timeoutMs: number): Promise<Found> {
  return new Promise((resolve) => {
    const tell = (): void =>
      resolve(failed(`It has not answered within ${timeoutMs / 1_000} s.`, 'It hangs, or the way to it does.'));
    late.addEventListener('abort', tell, { once: true });
  });
}
