import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboard } from '../../src/dashboard/dashboard';
import { readDashboard, ROOT } from './alerts-files';
import { selectorsOf } from './alerts-promql';

const { panels } = readDashboard();
const asking = panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ title: panel.title, ...target })));

it('is the file that is provisioned', () => {
  const file: unknown = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/dashboards/bridgecore.json'), 'utf8'));

  expect(file).toEqual(dashboard()); // else: node packages/devkit/dist/src/dashboard/main.js
});

it('begins with whether everything is all right', () => {
  const [heading, first] = panels;

  expect([heading?.title, first?.title]).toEqual(['Is everything all right?', 'Alerts that fire']);
  expect(panels.some(({ type }) => type === 'alertlist')).toBe(true);
});

it('explains each panel, and asks the provisioned data source', () => {
  const content = panels.filter(({ type }) => type !== 'row');

  expect(content.filter(({ description = '' }) => description.length < 10)).toEqual([]);
  expect(new Set(content.map(({ datasource }) => datasource?.uid))).toEqual(new Set(['prometheus']));
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

it('lays no panel over another', () => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );

  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  expect(new Set(cells).size).toBe(cells.length);
});

it.each(asking)('asks in "$title" what has the labels of its legend: $expr', ({ expr, legendFormat }) => {
  const named = [...legendFormat.matchAll(/{{(\w+)}}/g)].map(([, label]) => label ?? '');
  const selectors = selectorsOf(expr);

  expect(selectors.length).toBeGreaterThan(0);
  if (/\bby \(/.test(expr))
    expect(selectors.some(({ grouping }) => named.every((label) => grouping.includes(label)))).toBe(true);
});
