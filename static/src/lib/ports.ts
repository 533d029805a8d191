// The ports of a node as a canvas draws them.

import type { NodeType, Port } from "../api/types";

export type Ports = { inputs: Port[]; outputs: Port[] };

interface PortNode {
  id: string;
  on_error?: string | null;
}

interface PortEdge {
  from: string;
  output?: string | null;
  to: string;
  input?: string | null;
}

const main: Port[] = [{ name: "main", label: "Main" }];

// Known ports, and behind them those that only edges name, because an edge is drawn even where its port is
// gone.
function withUsed(known: Port[], used: string[]): Port[] {
  const names = new Set(known.map((port) => port.name));
  return [...known, ...[...new Set(used)].filter((name) => !names.has(name)).map((name) => ({ name, label: name }))];
}

function knownOutputs(node: PortNode, type: NodeType | undefined, made: Port[] | undefined): Port[] {
  const own = made ?? type?.outputs ?? [];
  const error = type?.error_output;
  if (node.on_error !== "error_output" || error === undefined || own.some((port) => port.name === error)) return own;
  return [...own, { name: error, label: "Error" }];
}

// 'made': outputs that the node's parameters make, where the server has told them.
export function portsOf(node: PortNode, type: NodeType | undefined, edges: PortEdge[], made?: Port[]): Ports {
  const usedIn = edges.filter((edge) => edge.to === node.id).map((edge) => edge.input ?? "main");
  const usedOut = edges.filter((edge) => edge.from === node.id).map((edge) => edge.output ?? "main");
  return { inputs: withUsed(type?.inputs ?? main, usedIn), outputs: withUsed(type || made ? knownOutputs(node, type, made) : main, usedOut) };
}
