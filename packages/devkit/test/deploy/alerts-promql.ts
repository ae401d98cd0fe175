import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** A label that a query asks for by its value. */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** A metric as a query reads it, with every label that the query rests on. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** Of `by`, `on` and the like, wherever this metric's labels meet them. */
  readonly grouping: readonly string[];
}

/** The metrics that a query reads; throws when it is no PromQL. Grafana's variables are taken for what they stand for. */
export function selectorsOf(query: string): Selector[] {
  const text = query.replaceAll(/\$__(rate_)?interval|\$__range/g, '5m');
  const tree = parser.parse(text);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`This is no PromQL, from its character ${from} on: ${query}`);
    },
  });
  return walk(tree.topNode, text, []);
}

/** Down the tree with the labels that are asked of everything below; what only filters passes on none. */
function walk(node: SyntaxNode, text: string, grouping: readonly string[]): Selector[] {
  if (node.name === 'VectorSelector') return [selector(node, text, grouping)];
  if (node.name === 'AggregateExpr') {
    const own = labelsIn(node.getChild('AggregateModifier'), text);
    return children(node).flatMap((child) => walk(child, text, own.length > 0 ? own : grouping));
  }
  if (node.name === 'BinaryExpr') {
    const on = labelsIn(node.getChild('MatchingModifierClause'), text);
    const isFilter = node.getChild('And') !== null || node.getChild('Unless') !== null;
    const [left, right] = children(node).filter(({ name }) => !OPERATORS.has(name));
    if (left === undefined || right === undefined) throw new Error(`Half an expression: ${text}`);
    const both = [...grouping, ...on];
    return [...walk(left, text, both), ...walk(right, text, isFilter ? on : both)];
  }
  return children(node).flatMap((child) => walk(child, text, grouping));
}

const OPERATORS: ReadonlySet<string> = new Set([
  ...[
    'MatchingModifierClause',
    'BoolModifier',
    'And',
    'Or',
    'Unless',
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Mod',
    'Pow',
    'Atan2',
  ],
  ...['Eql', 'EqlSingle', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte'],
]);

function selector(node: SyntaxNode, text: string, grouping: readonly string[]): Selector {
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return {
    metric: textOf(node.getChild('Identifier'), text),
    grouping,
    matchers: matchers.map((matcher) => ({
      label: textOf(matcher.getChild('LabelName'), text),
      operator: textOf(matcher.getChild('MatchOp'), text),
      value: textOf(matcher.getChild('StringLiteral'), text).slice(1, -1),
    })),
  };
}

function labelsIn(node: SyntaxNode | null, text: string): string[] {
  const found = node?.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
  return found.map((label) => textOf(label, text));
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

function textOf(node: SyntaxNode | null, text: string): string {
  return node === null ? '' : text.slice(node.from, node.to);
}
