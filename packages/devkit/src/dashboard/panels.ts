/** What Grafana reads; it has no schema that is kept as types. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A line, or several, of a panel. */
export interface Query {
  readonly expr: string;
  /** As `{{system}}`; of the labels when it is left out. */
  readonly legend?: string;
}

/** Units as Grafana calls them. */
export type Unit = 's' | 'percentunit' | 'reqps' | 'ops' | 'bytes' | 'short' | 'none';

/** From which value on which colour holds; the first holds from the beginning. */
export type Thresholds = readonly [colour: string, ...steps: (readonly [from: number, colour: string])[]];

/** A panel without its place. */
export interface Panel {
  /** In columns, of which a row has 24. */
  readonly width: number;
  readonly height: number;
  readonly content: Readonly<Record<string, Json>>;
}

/** Panels under one heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Where the panels ask; the provisioned data source. */
export const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const;

export const FINE: Thresholds = ['green'];
export const NONE_IS_FINE: Thresholds = ['green', [1, 'red']];
export const ONE_IS_FINE: Thresholds = ['red', [1, 'green']];

/** How a single value looks. */
export interface StatOptions {
  readonly unit?: Unit;
  readonly thresholds: Thresholds;
  readonly decimals?: number;
  /** What is shown instead of a value. */
  readonly words?: Readonly<Record<string, string>>;
  readonly width?: number;
}

/** The present value, one for each series, in the colour of its threshold. */
export function stat(title: string, description: string, query: Query, options: StatOptions): Panel {
  const { unit = 'none', thresholds, decimals, words = {}, width = 4 } = options;
  const values = Object.entries(words).map(([value, text]) => [value, { text }] as const);
  const content = {
    ...{ type: 'stat', title, description, datasource: DATASOURCE, targets: targets([query], true) },
    fieldConfig: {
      defaults: {
        ...{ unit, thresholds: thresholdsOf(thresholds), color: { mode: 'thresholds' } },
        ...(decimals === undefined ? {} : { decimals }),
        ...(values.length === 0 ? {} : { mappings: [{ type: 'value', options: Object.fromEntries(values) }] }),
      },
      overrides: [],
    },
    options: {
      ...{ colorMode: 'background', graphMode: 'none', justifyMode: 'auto', orientation: 'auto', textMode: 'auto' },
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  };
  return { width, height: 4, content };
}

/** How lines look. */
export interface GraphOptions {
  readonly unit: Unit;
  /** Drawn as a line: from here on an alert fires. */
  readonly limit?: number;
  readonly isStacked?: boolean;
  readonly max?: number;
  readonly width?: number;
}

/** Lines over time. */
export function graph(title: string, description: string, queries: readonly Query[], options: GraphOptions): Panel {
  const { unit, limit, isStacked = false, max, width = 8 } = options;
  const thresholds: Thresholds = limit === undefined ? FINE : ['transparent', [limit, 'red']];
  const content = {
    ...{ type: 'timeseries', title, description, datasource: DATASOURCE, targets: targets(queries, false) },
    fieldConfig: {
      defaults: {
        ...{ unit, min: 0, ...(max === undefined ? {} : { max }), thresholds: thresholdsOf(thresholds) },
        custom: {
          ...{ drawStyle: 'line', lineWidth: 1, fillOpacity: isStacked ? 30 : 5, showPoints: 'never' },
          stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
          thresholdsStyle: { mode: limit === undefined ? 'off' : 'dashed' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
  return { width, height: 8, content };
}

/** What fires or is about to, the gravest first. */
export function alertList(title: string, description: string): Panel {
  const content = {
    ...{ type: 'alertlist', title, description, datasource: DATASOURCE },
    options: {
      ...{ viewMode: 'list', groupMode: 'default', groupBy: [], maxItems: 20, sortOrder: 3, dashboardAlerts: false },
      ...{ alertName: 'BridgeCore', alertInstanceLabelFilter: '', datasource: 'Prometheus' },
      stateFilter: { firing: true, pending: true, noData: false, normal: false, error: true },
    },
  };
  return { width: 24, height: 6, content };
}

function targets(queries: readonly Query[], instant: boolean): Json {
  return queries.map(({ expr, legend = '__auto' }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    ...{ expr, legendFormat: legend, instant, range: !instant },
  }));
}

function thresholdsOf([first, ...steps]: Thresholds): Json {
  const colours = steps.map(([value, color]) => ({ color, value }));
  return { mode: 'absolute', steps: [{ color: first, value: null }, ...colours] };
}

/** The 50th and the 99th percentile of a histogram, by these labels. */
export function percentiles(metric: string, matchers: string, by: readonly string[] = []): Query[] {
  const legend = by.map((label) => `{{${label}}} `).join('');
  return [50, 99].map((percent) => ({
    expr: `histogram_quantile(${percent / 100}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket{${matchers}}[$__rate_interval])))`,
    legend: `${legend}p${percent}`,
  }));
}
