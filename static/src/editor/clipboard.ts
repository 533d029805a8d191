// Parts of a workflow as the JSON that is copied and pasted: nodes, and the edges between them.

import { parseJson } from "../lib/lossless";
import { edgesOf, freeId, freeName, nameOf, placeOf, readDocument, type Edge, type Node, type WorkflowDocument } from "./document";

export interface Part {
  nodes: Node[];
  edges: Edge[];
}

export function partOf(document: WorkflowDocument, ids: string[]): Part {
  const chosen = new Set(ids);
  return { nodes: document.nodes.filter((node) => chosen.has(node.id)), edges: edgesOf(document).filter((edge) => chosen.has(edge.from) && chosen.has(edge.to)) };
}

// Undefined where a text is no part of a workflow; a whole document is one too.
export function readPart(text: string): Part | undefined {
  try {
    const document = readDocument(parseJson(text));
    return document && document.nodes.length > 0 ? { nodes: document.nodes, edges: edgesOf(document) } : undefined;
  } catch {
    return undefined;
  }
}

// With ids and names of its own in the document, a little aside of where it was, so that both are seen.
export function fitPart(document: WorkflowDocument, part: Part, aside = 40): Part {
  const ids = new Set(document.nodes.map((node) => node.id));
  const names = new Set(document.nodes.map(nameOf));
  const fresh = new Map<string, string>();
  const nodes = part.nodes.map((node) => {
    const id = freeId(node.id, ids);
    const name = freeName(nameOf(node), names);
    const [x, y] = placeOf(node) ?? [0, 0];
    ids.add(id);
    names.add(name);
    fresh.set(node.id, id);
    return { ...node, id, name, position: [x + aside, y + aside] as [number, number] };
  });
  const edges = part.edges.flatMap((edge) => {
    const [from, to] = [fresh.get(edge.from), fresh.get(edge.to)];
    return from !== undefined && to !== undefined ? [{ ...edge, from, to }] : [];
  });
  return { nodes, edges };
}
