import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../src/stack/free-port';
import { findOrUnpackPrometheus } from '../../src/stack/prometheus-unpack';
import { until } from '../../src/until';
import { readRules, type RulesFile, TOOLS } from './alerts-files';

/** A Prometheus that has our rules and looks every second. */
export interface Prometheus {
  /** The alerts that fire now, sorted. */
  firing(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a real one on these `/metrics`, by the name of their service. An alert fires as soon as its expression holds. */
export async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  const program = await findOrUnpackPrometheus('prometheus', TOOLS);
  const folder = mkdtempSync(join(tmpdir(), 'bridgecore-prometheus-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, 'rules.yml'), stringify(atOnce(readRules())));
  writeFileSync(join(folder, 'prometheus.yml'), stringify(configuration(targets)));
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
    ],
    { stdio: 'ignore' },
  );
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(async () => (await fetch(`${url}/-/ready`)).ok, { what: 'Prometheus', timeoutMs: 20_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { firing: () => firing(url), stop };
}

const configuration = (targets: Readonly<Record<string, string>>): object => ({
  global: { scrape_interval: '1s', evaluation_interval: '1s' },
  rule_files: ['rules.yml'],
  scrape_configs: Object.entries(targets).map(([service, address]) => ({
    job_name: `bridgecore-${service}`,
    static_configs: [{ targets: [new URL(address).host] }],
  })),
});

/** The expressions as they are; only nobody waits for whether they go on to hold. */
function atOnce({ groups }: RulesFile): object {
  return {
    groups: groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => ({ ...rule, for: '0s' })) })),
  };
}

interface Answer {
  readonly data: { readonly alerts: readonly { readonly state: string; readonly labels: Record<string, string> }[] };
}

async function firing(url: string): Promise<string[]> {
  const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as Answer;
  return data.alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels }) => labels['alertname'] ?? '')
    .sort();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
