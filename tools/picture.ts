/** Draws the workflow from its definition, so that the picture shows exactly what the definition holds. */
import { Graphviz } from '@hpcc-js/wasm-graphviz';

import type { Definition, State } from '../infra/definition.ts';

/** The picture has its own light background, so this ink is readable under every theme. */
const ink = '#24292f';
const looks: Record<State['Type'], string> = {
  Task: 'shape=box style="filled,rounded" fillcolor="#ddf4ff" color="#0969da"',
  Choice:
    'shape=diamond style=filled fillcolor="#fff8c5" color="#9a6700" width=1.75 height=0.85 margin="0,0"',
  Wait: 'shape=box style="filled,rounded" fillcolor="#fbefff" color="#8250df"',
  Pass: 'shape=box style="filled,rounded" fillcolor="#f6f8fa" color="#57606a"',
  Succeed: 'shape=box style="filled,rounded" fillcolor="#dafbe1" color="#1a7f37" penwidth=2',
  Fail: 'shape=box style="filled,rounded" fillcolor="#ffebe9" color="#cf222e" penwidth=2',
};

/** Labels for the values of an invocation's `next`. */
const meanings: Record<string, string> = {
  wait: 'not yet',
  settled: 'faces, or a failure',
  abandoned: 'given up',
  'rejected-input': 'bad input',
  continue: 'this execution must end',
};

interface Edge {
  to: string;
  label: string;
  isFailure: boolean;
}

export async function drawWorkflow(definition: Definition): Promise<string> {
  const graphviz = await Graphviz.load();
  return graphviz.dot(dotOf(definition), 'svg');
}

function dotOf({ StartAt, States }: Definition): string {
  const font = `fontname="Helvetica,Arial,sans-serif" fontcolor="${ink}"`;
  const nodes = Object.entries(States).map(([name, { Type }]) => `${quote(name)} [${looks[Type]}]`);
  const edges = Object.entries(States).flatMap(([from, state]) =>
    edgesOf(state).map(
      ({ to, label, isFailure }) =>
        `${quote(from)} -> ${quote(to)} [label=${quote(label && ` ${label} `)} ${isFailure ? 'style=dashed color="#cf222e"' : ''}]`,
    ),
  );
  return `digraph {
    graph [rankdir=LR bgcolor="#ffffff" pad=0.3 nodesep=0.35 ranksep=0.55 ${font}]
    node [${font} fontsize=13 penwidth=1.2 margin="0.3,0.14"]
    edge [${font} fontsize=11 color="#57606a" arrowsize=0.8]
    start [shape=circle label="" width=0.16 style=filled fillcolor="${ink}" color="${ink}"]
    start -> ${quote(StartAt)}
    ${[...nodes, ...edges].join('\n    ')}
  }`;
}

/** One arrow per pair of states, even if several rules connect them. */
function edgesOf(state: State): Edge[] {
  const edges: Edge[] = [];
  const add = (edge: Edge): void => {
    if (!edges.some(({ to }) => to === edge.to)) edges.push(edge);
  };
  if (state.Next !== undefined) add({ to: state.Next, label: '', isFailure: false });
  for (const { Next, StringEquals } of state.Choices ?? []) {
    if (Next === undefined || Next === state.Default) continue;
    add({
      to: Next,
      label: StringEquals === undefined ? 'yes' : (meanings[StringEquals] ?? StringEquals),
      isFailure: false,
    });
  }
  const otherwise = state.Choices?.length === 1 ? 'no' : 'anything else';
  if (state.Default !== undefined) add({ to: state.Default, label: otherwise, isFailure: true });
  for (const { Next } of state.Catch ?? []) add({ to: Next, label: 'on error', isFailure: true });
  return edges;
}

const quote = (text: string): string => JSON.stringify(text);
