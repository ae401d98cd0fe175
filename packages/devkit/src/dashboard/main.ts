import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dashboard } from './dashboard';

const ROOT = resolve(__dirname, '../../../../..');
const FILE = join(ROOT, 'deploy/grafana/dashboards/bridgecore.json');

// Writes the file that is provisioned: node packages/devkit/dist/src/dashboard/main.js
mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, JSON.stringify(dashboard(), null, 2));
const prettier = join(ROOT, 'node_modules/prettier/bin/prettier.cjs');
const { status } = spawnSync(process.execPath, [prettier, '--write', FILE], { stdio: 'inherit' });
process.exitCode = status ?? 1;
