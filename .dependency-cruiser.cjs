/**
 * Imports go one way: service → database, runtime → contracts. Services meet in a queue, never in an import. What is
 * under test/ may also use the devkit, and nothing that is shipped may.
 */
const INFRASTRUCTURE =
  '^(redis|ioredis|bullmq|pg|pg-.*|typeorm|express|axios|winston|prom-client)($|/)|node_modules/(redis|ioredis|bullmq|pg|typeorm|express|axios|winston|prom-client)/';
const BUILT_IN_INFRASTRUCTURE =
  '^(node:)?(http|https|http2|net|tls|dgram|dns|fs|fs/promises|child_process|cluster|worker_threads)$';

/** Within one folder that is shipped: from `src`, by whatever path the import is resolved to. */
const others = (name) => `^(services/|packages/(?!${name}/)|@bridgecore/)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'services-never-import-each-other',
      severity: 'error',
      from: { path: '^services/(?!cli/)([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      // Whoever looks after all services asks each what it can be told, and nothing else.
      name: 'the-command-line-knows-only-the-settings-of-services',
      severity: 'error',
      from: { path: '^services/cli/' },
      to: { path: '^services/', pathNot: ['^services/cli/', '^services/[^/]+/(dist/)?src/settings\\.(ts|js|d\\.ts)$'] },
    },
    {
      name: 'packages-never-import-services',
      severity: 'error',
      from: { path: '^packages/(?!devkit/)' },
      to: { path: '^services/' },
    },
    {
      name: 'contracts-import-no-infrastructure',
      severity: 'error',
      from: { path: '^packages/contracts/src/' },
      to: { path: [INFRASTRUCTURE, BUILT_IN_INFRASTRUCTURE] },
    },
    {
      name: 'contracts-import-no-other-package',
      severity: 'error',
      from: { path: '^packages/contracts/src/' },
      to: { path: others('contracts') },
    },
    {
      name: 'runtime-imports-only-contracts',
      severity: 'error',
      from: { path: '^packages/runtime/src/' },
      to: { path: others('runtime'), pathNot: '^packages/contracts/' },
    },
    {
      name: 'database-imports-only-contracts-and-runtime',
      severity: 'error',
      from: { path: '^packages/database/src/' },
      to: { path: others('database'), pathNot: '^packages/(contracts|runtime)/' },
    },
    {
      name: 'odoo-imports-only-contracts-and-runtime',
      severity: 'error',
      from: { path: '^packages/odoo/src/' },
      to: { path: others('odoo'), pathNot: '^packages/(contracts|runtime)/' },
    },
    {
      name: 'devkit-is-never-shipped',
      severity: 'error',
      from: { path: '^(services|packages)/[^/]+/src/', pathNot: '^packages/devkit/' },
      to: { path: '^packages/devkit/' },
    },
    {
      name: 'tests-are-never-imported-by-sources',
      severity: 'error',
      from: { path: '/src/' },
      to: { path: '^(services|packages)/[^/]+/(dist/)?test/' },
    },
    {
      name: 'packages-are-imported-by-their-index',
      severity: 'error',
      from: { path: '^(services|packages)/([^/]+)/' },
      to: {
        path: '^packages/[^/]+/',
        pathNot: ['^packages/$2/', '^packages/[^/]+/(src|dist/src)/index\\.(ts|js|d\\.ts)$'],
      },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^(services|packages)/.*\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    exclude: { path: ['(^|/)dist/test/', '^(services|packages)/[^/]+/node_modules/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
