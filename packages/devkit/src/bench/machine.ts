import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** One line on what the figures were measured with: without it they say nothing. */
export function describeMachine(stores: readonly string[]): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = `load ${(loadavg()[0] ?? 0).toFixed(1)}`;
  const system = `${platform()} ${release()} ${arch()}`;
  return [
    `${cpus().length} × ${cpu?.model.trim() ?? '?'}`,
    memory,
    system,
    `Node ${process.version}`,
    ...stores,
    load,
  ].join(', ');
}
