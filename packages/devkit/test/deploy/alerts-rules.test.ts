import { spawnSync } from 'node:child_process';
import { findOrUnpackPrometheus } from '../../src/stack/prometheus-unpack';
import { minutes, type PromtoolTest, readAlerts, readTests, RULES_FILE, testFiles, TOOLS } from './alerts-files';

const alerts = readAlerts();
const tests = readTests(testFiles());
const names = alerts.map(({ alert }) => alert);

describe('promtool', () => {
  let promtool: string;

  beforeAll(async () => {
    promtool = await findOrUnpackPrometheus('promtool', TOOLS);
  }, 120_000);

  const run = (...args: string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  it('finds the rules valid', () => {
    const { status, said } = run('check', 'rules', RULES_FILE);

    expect(said).toContain(`${alerts.length} rules found`);
    expect(status).toBe(0);
  });

  it('sees each alert fire when it should, and only then', () => {
    const { status, said } = run('test', 'rules', ...testFiles());

    expect(said).not.toContain('FAILED');
    expect(status).toBe(0);
  }, 120_000);
});

describe.each(alerts)('$alert', (rule) => {
  const { alert } = rule;

  /** The tests in which it is expected to fire, and when. */
  const fires = (test: PromtoolTest): number[] => {
    const expected = test.alert_rule_test.filter(
      ({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length > 0,
    );
    return expected.map(({ eval_time }) => minutes(eval_time));
  };
  const isSilent = (test: PromtoolTest, at?: number): boolean =>
    test.alert_rule_test.some(
      ({ alertname, exp_alerts, eval_time }) =>
        alertname === alert && exp_alerts.length === 0 && (at === undefined || minutes(eval_time) === at),
    );

  it('has a test in which it fires, and not a minute before', () => {
    const own = tests.filter((test) => fires(test).length > 0);

    expect(own.map(({ name }) => name.split(':')[0])).toContain(alert);
    for (const test of own) expect(fires(test).every((at) => isSilent(test, at - 1))).toBe(true);
  });

  it('is silent in a hub that is well, for longer than it waits', () => {
    const well = tests.find(({ name }) => name.startsWith('Everything is well'));
    const watched = Math.max(...(well?.alert_rule_test ?? []).map(({ eval_time }) => minutes(eval_time)));

    expect(well !== undefined && isSilent(well, watched)).toBe(true);
    expect(watched).toBeGreaterThan(minutes(rule.for ?? '0m'));
  });

  it('says how grave it is, what it is about, and where its entry in the runbook is', () => {
    const { labels, annotations } = rule;

    expect(labels['severity']).toMatch(/^(critical|warning)$/);
    expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
    expect(annotations['runbook_url']).toBe(
      `{{ $externalLabels.runbook_base }}deploy/RUNBOOK.md#${alert.toLowerCase()}`,
    );
  });
});

it('has each alert once, and tests only of alerts that there are', () => {
  const tested = new Set(tests.flatMap(({ alert_rule_test }) => alert_rule_test.map(({ alertname }) => alertname)));

  expect(new Set(names).size).toBe(names.length);
  expect([...tested].filter((name) => !names.includes(name))).toEqual([]);
});
