import { hasKubectl, render, RENDERED, renderByKubectl } from './kustomize';
import { idOf, type Manifest } from './manifests';

const sorted = (objects: Manifest[]): Manifest[] => objects.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));

describe.each(RENDERED)('%s', (folder) => {
  it('holds no object twice', () => {
    const ids = render(folder).map(idOf);

    expect(ids.length).toBeGreaterThan(20);
    expect(ids).toEqual([...new Set(ids)]);
  });

  const needed = hasKubectl() ? '' : ' (skipped: it needs kubectl 1.22 or newer, as in kubernetes-client of Debian 13)';
  (needed === '' ? it : it.skip)(`is rendered by kubectl as by these tests${needed}`, () => {
    const byKubectl = renderByKubectl(folder);

    expect(sorted(byKubectl)).toEqual(sorted(render(folder)));
  });
});
