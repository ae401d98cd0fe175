import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAlerts, readRunbook, ROOT } from './alerts-files';

const runbook = readRunbook();
const alerts = readAlerts();
const entries = runbook.split(/^### /m).slice(1);
const headings = entries.map((entry) => entry.split('\n')[0]);

/** Everything that is shipped, in one piece. */
function sources(): string {
  const folders = ['services', 'packages'].flatMap((kind) =>
    readdirSync(join(ROOT, kind)).flatMap((name) => (name === 'devkit' ? [] : [join(ROOT, kind, name, 'src')])),
  );
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** What stands in backticks and looks like this. */
const quoted = (form: RegExp): string[] => {
  const found = [...runbook.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? '');
  return [...new Set(found.filter((text) => form.test(text)))];
};

it('has an entry for each alert, in the order of the rules, and no other', () => {
  const expected = alerts.map(({ alert }) => alert);

  expect(headings).toEqual(expected);
});

it('says in each entry what it means, what to look at and what to do', () => {
  const parts = entries.map((entry) => [...entry.matchAll(/^\*\*([A-Z][a-z ]+)\*\* — /gm)].map(([, name]) => name));

  expect(new Set(parts.map((names) => names.join(', ')))).toEqual(new Set(['Means, Look at, Do']));
});

it('has each alert in its index, with its severity', () => {
  const rows = [...runbook.matchAll(/^\| \[(\w+)\]\(#(\w+)\) *\| (\w+) /gm)].map(([, ...columns]) => columns);

  expect(rows).toEqual(alerts.map(({ alert, labels }) => [alert, alert.toLowerCase(), labels['severity']]));
});

it('links only to entries that there are', () => {
  const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);

  expect(links.filter((anchor) => !headings.some((heading) => heading?.toLowerCase() === anchor))).toEqual([]);
});

it('names only log lines that are written', () => {
  const written = sources();
  const isNoLine = new Set(['sale.order', 'webhook.api_key']);

  const named = quoted(/^[a-z_]+\.[a-z_]+$/).filter((name) => !isNoLine.has(name));
  const unknown = named.filter((name) => !written.includes(`'${name}'`));

  expect(named.length).toBeGreaterThan(20);
  expect(unknown).toEqual([]);
});

it('names only variables and codes that there are', () => {
  const written = `${sources()}\n${readFileSync(join(ROOT, 'deploy/env.example'), 'utf8')}`;
  const ofOthers = new Set(['FLUSHALL']);

  const named = quoted(/^[A-Z][A-Z_]{4,}$/).filter((name) => !ofOthers.has(name));

  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(written))).toEqual([]);
});
