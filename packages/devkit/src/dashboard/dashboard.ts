import { consumers } from './consumers';
import { deliveries } from './deliveries';
import { events } from './events';
import { overview } from './overview';
import { notifications } from './notifications';
import { DATASOURCE, Json, Panel, Section } from './panels';
import { processes } from './processes';
import { pulls } from './pulls';
import { pushes } from './pushes';
import { queues } from './queues';

const SECTIONS: readonly Section[] = [
  ...[overview, pushes, queues, events, pulls, notifications, consumers, deliveries, processes],
];

const COLUMNS = 24;

/** The dashboard as Grafana reads it; `deploy/grafana/dashboards/bridgecore.json` is made of it. */
export function dashboard(): Json {
  return {
    ...{ uid: 'bridgecore', title: 'BridgeCore', tags: ['bridgecore'], schemaVersion: 39, version: 1, editable: true },
    description:
      'The first row says whether everything is all right; the others, why not. deploy/RUNBOOK.md says what to do.',
    ...{ time: { from: 'now-3h', to: 'now' }, refresh: '30s', timezone: 'browser', graphTooltip: 1 },
    ...{ annotations: { list: [] }, links: [] },
    templating: { list: [SYSTEM] },
    panels: placed(SECTIONS),
  };
}

/** Every worker shows a breaker for each declared Odoo, whether it was ever reached or not. */
const SYSTEM = {
  ...{ name: 'system', label: 'Odoo', type: 'query', datasource: DATASOURCE },
  query: { query: 'label_values(bridgecore_odoo_breaker_open, system)', refId: 'system' },
  ...{ definition: 'label_values(bridgecore_odoo_breaker_open, system)', refresh: 2, sort: 1 },
  ...{ multi: true, includeAll: true, allValue: '.*', current: { selected: true, text: ['All'], value: ['$__all'] } },
};

/** One section below the other; in each the panels from left to right, as many as fit. */
function placed(sections: readonly Section[]): Json[] {
  const made: Json[] = [];
  let y = 0;
  const place = (content: Panel['content'], x: number, w: number, h: number): void => {
    made.push({ id: made.length + 1, ...content, gridPos: { x, y, w, h } });
  };
  for (const { title, panels } of sections) {
    place({ type: 'row', title, collapsed: false, panels: [] }, 0, COLUMNS, 1);
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) [x, y, height] = [0, y + height, 0];
      place(panel.content, x, panel.width, panel.height);
      x += panel.width;
      height = Math.max(height, panel.height);
    }
    y += height;
  }
  return made;
}
