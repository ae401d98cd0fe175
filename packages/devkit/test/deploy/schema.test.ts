import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parse } from 'yaml';
import { render, RENDERED } from './kustomize';
import { type Manifest, ofKind } from './manifests';
import { readYaml, ROOT } from './repository';
import { complaintsAbout } from './schema';

const RULES = 'deploy/prometheus/rules/bridgecore.yml';

function edited(objects: readonly Manifest[], kind: string, from: string, to: string): Manifest[] {
  const text = JSON.stringify(ofKind(objects, kind));
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to)) as Manifest[];
}

describe('the schemas', () => {
  it.each(RENDERED)('allow every object of %s', (folder) => {
    expect(complaintsAbout(render(folder))).toEqual([]);
  });

  it('allow the alert rules as the Prometheus operator gets them, of which there is one copy', () => {
    const script = join(ROOT, 'deploy/k8s/components/monitoring/prometheus-rule.sh');

    const rule = parse(execFileSync('sh', [script], { encoding: 'utf8' })) as Manifest;

    expect(complaintsAbout([rule])).toEqual([]);
    expect(rule.spec).toEqual(readYaml(RULES)[0]);
  });

  it('would not allow a field that there is not', () => {
    const wrong = edited(render('deploy/k8s/base'), 'Deployment', '"readinessProbe"', '"readynessProbe"');

    expect(complaintsAbout(wrong)).toEqual([expect.stringContaining('readynessProbe')]);
  });

  it('would not allow a value of another type', () => {
    const wrong = edited(
      render('deploy/k8s/overlays/production'),
      'ScaledObject',
      '"maxReplicaCount":10',
      '"maxReplicaCount":"10"',
    );

    expect(complaintsAbout(wrong).join()).toContain('maxReplicaCount');
  });
});
