// Adding of nodes: behind a port, into a connection, at a place.

import { useCallback, useState } from "react";
import { useReactFlow } from "@xyflow/react";
import type { NodeType } from "../api/types";
import type { Ports } from "../lib/ports";
import { freePlace, looseOutputs, makeEdge, makeNode, placeBehind, type Source, type Types } from "./connect";
import { edgeKey, edgesOf, nameOf, nodeOf, type Edge } from "./document";
import { fitOptions } from "./editor-canvas";
import type { Operation } from "./operations";
import type { Change, EditorState } from "./state";

export interface Adding {
  source?: Source;
  split?: Edge; // in whose middle it goes
  at?: [number, number];
}

const noPorts: Ports = { inputs: [], outputs: [] };

export function useAdding(state: EditorState, dispatch: (change: Change) => void, types: Types, ports: Map<string, Ports>, narrow: boolean, openPanel: (isOpen: boolean) => void) {
  const [adding, setAdding] = useState<Adding>({});
  const flow = useReactFlow();
  const { document, selection } = state;

  // Behind the port that was pressed, else in the chosen connection, else behind the chosen node, else in the middle of what is seen.
  const now = useCallback((): Adding => {
    const chosen = selection.nodes.length === 1 ? nodeOf(document, selection.nodes[0] ?? "") : undefined;
    const output = chosen && looseOutputs(chosen, ports.get(chosen.id) ?? noPorts, document)[0];
    const split = selection.nodes.length === 0 && selection.edges.length === 1 ? edgesOf(document).find((edge) => edgeKey(edge) === selection.edges[0]) : undefined;
    return { source: chosen && output ? { node: chosen.id, output } : undefined, split };
  }, [document, selection, ports]);
  const middle = useCallback((): [number, number] => {
    const box = window.document.querySelector(".editor-canvas")?.getBoundingClientRect();
    const { x, y } = flow.screenToFlowPosition({ x: (box?.left ?? 0) + (box?.width ?? 0) / 2, y: (box?.top ?? 0) + (box?.height ?? 0) / 2 });
    return [x - 106, y - 28];
  }, [flow]);
  const add = useCallback((type: NodeType, { source, split, at }: Adding) => {
    const [input, output] = [type.inputs[0]?.name, type.outputs[0]?.name];
    const from = input === undefined ? undefined : split ? { node: split.from, output: split.output ?? "main" } : source;
    const place = at ? freePlace(document, at) : from ? placeBehind(document, from, ports.get(from.node) ?? noPorts) : freePlace(document, middle());
    const node = makeNode(document, type, place);
    const edges = from && input !== undefined ? [makeEdge(from.node, from.output, node.id, input)] : [];
    const isBetween = split !== undefined && from !== undefined && output !== undefined;
    const operations: Operation[] = [
      ...(isBetween ? [{ op: "disconnect" as const, edges: [edgeKey(split)] }] : []),
      { op: "add_node", node, edges: [...edges, ...(isBetween ? [makeEdge(node.id, output, split.to, split.input ?? "main")] : [])] },
    ];
    dispatch({ type: "do", name: `Add ${nameOf(node)}`, operations, select: [node.id] });
    openPanel(false);
    setAdding({});
    // Focus the first parameter, because somebody who builds by the keyboard writes it next.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.document.querySelector<HTMLElement>(".editor-panel [data-path] :is(input, select, textarea)")?.focus();
      void flow.fitView(fitOptions(narrow));
    }));
  }, [document, ports, middle, dispatch, openPanel, flow, narrow]);
  const offer = useCallback((next: Adding) => { setAdding(next); openPanel(true); }, [openPanel]);
  const onAdd = useCallback((source: Source | undefined, at?: [number, number], type?: string, split?: Edge) => {
    const known = type === undefined ? undefined : types.get(type);
    if (known) add(known, { source, split, at });
    else offer({ source, at });
  }, [types, add, offer]);

  return { adding, now, add, offer, onAdd, middle };
}
