import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const ROOT = resolve(__dirname, '../../../../..');
export const RULES_FILE = join(ROOT, 'deploy/prometheus/rules/bridgecore.yml');
export const TOOLS = join(ROOT, '.bridgecore/tools');
const TESTS = join(ROOT, 'deploy/prometheus/tests');

/** An alert, as Prometheus reads it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** Absent: it fires at once. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The file of rules, as Prometheus reads it. */
export interface RulesFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

/** One expectation of a test of promtool. */
interface AlertTest {
  readonly eval_time: string;
  readonly alertname: string;
  readonly exp_alerts: readonly object[];
}

/** A test of promtool: series, and what fires at which time. */
export interface PromtoolTest {
  readonly name: string;
  readonly alert_rule_test: readonly AlertTest[];
}

export const readRules = (): RulesFile => parse(readFileSync(RULES_FILE, 'utf8')) as RulesFile;

export const readAlerts = (): AlertRule[] => readRules().groups.flatMap(({ rules }) => rules);

/** The files of promtool's tests. */
export const testFiles = (): string[] => readdirSync(TESTS).map((name) => join(TESTS, name));

/** All tests in these files. */
export function readTests(files: readonly string[]): PromtoolTest[] {
  return files.flatMap((file) => (parse(readFileSync(file, 'utf8')) as { tests: PromtoolTest[] }).tests);
}

export const readRunbook = (): string => readFileSync(join(ROOT, 'deploy/RUNBOOK.md'), 'utf8');

/** A duration of Prometheus (`90s`, `1h`) in minutes. */
export function minutes(duration: string): number {
  const found = [...duration.matchAll(/(\d+)([dhms])/g)];
  if (found.length === 0) throw new Error(`"${duration}" is no duration`);
  return found.reduce((sum, [, count, unit]) => sum + Number(count) * (MINUTES[unit ?? ''] ?? NaN), 0);
}

const MINUTES: Readonly<Record<string, number>> = { d: 1_440, h: 60, m: 1, s: 1 / 60 };

/** A panel, as Grafana reads it. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
}

/** The dashboard, as it is provisioned. */
export interface Dashboard {
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly { readonly definition: string }[] };
}

export const readDashboard = (): Dashboard =>
  JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/dashboards/bridgecore.json'), 'utf8')) as Dashboard;
