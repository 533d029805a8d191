import { useCallback, useEffect, useMemo, useState, type DragEvent, type MouseEvent } from "react";
import { ContextMenu, Menu, MenuDivider, MenuItem } from "@blueprintjs/core";
import { Changes, Disable, Issue, Key, NewObject, Pin, Repeat } from "@blueprintjs/icons";
import { applyNodeChanges, Background, Controls, MiniMap, ReactFlow, useReactFlow, type Edge as FlowEdge, type EdgeChange, type FitViewOptions, type NodeChange, type OnConnectEnd } from "@xyflow/react";
import type { Finding, NodeType, Port, Step } from "../api/types";
import { NodeView, type Badge, type ViewNode } from "../canvas/node-view";
import { NoteView, type NoteNode } from "../canvas/note-view";
import { plural } from "../lib/format";
import { countOn } from "../lib/graph";
import { useNarrow } from "../lib/narrow";
import { portsOf, type Ports } from "../lib/ports";
import { actions, labelOf, type Editor } from "./actions";
import { looseOutputs, makeEdge, mayConnect, type Source } from "./connect";
import { edgeKey, edgesOf, nameOf, notesOf, pinOf, placeOf, type Edge, type Node } from "./document";
import { findingsOf, worst } from "./findings";
import { keyText } from "./keys";
import type { Marks } from "./use-comparison";
import { isAbsent, isShown } from "../lib/show-when";

const nodeTypes = { node: NodeView, note: NoteView };
const notePrefix = "note:";

type CanvasNode = ViewNode | NoteNode;
export const dragType = "application/x-tyboo-node";

interface Props {
  editor: Editor;
  steps: Step[];
  findings: Finding[];
  ports: Map<string, Ports>;
  marks: Marks;
  onAdd: (source: Source | undefined, at?: [number, number], type?: string, split?: Edge) => void;
  onOpen: () => void;
  onInspect: (node: string) => void;
}

function lacksCredential(node: Node, type: NodeType | undefined): boolean {
  const values = node.params ?? {};
  return type?.params.some((row) => row.type === "credential" && row.required && isShown(type.params, row, values) && isAbsent(row, values[row.name])) ?? false;
}

function badgesOf(node: Node, type: NodeType | undefined, findings: Finding[], isPinned: boolean, mark: "added" | "changed" | undefined): Badge[] {
  const found = worst(findings);
  return [
    ...(mark ? [{ label: mark === "added" ? "New since that version" : "Changed since that version", icon: mark === "added" ? NewObject : Changes, tone: "warn" as const }] : []),
    ...(isPinned ? [{ label: "Items are pinned", icon: Pin, tone: "pin" as const }] : []),
    ...(node.disabled ? [{ label: "Switched off", icon: Disable, tone: "calm" as const }] : []),
    ...(node.retry ? [{ label: "Tried again when it fails", icon: Repeat, tone: "calm" as const }] : []),
    ...(lacksCredential(node, type) ? [{ label: "Credential missing", icon: Key, tone: "bad" as const }] : []),
    ...(found ? [{ label: plural(findings.length, "finding"), icon: Issue, tone: found === "error" ? ("bad" as const) : ("warn" as const) }] : []),
  ];
}

export function portsOfAll(nodes: Node[], edges: ReturnType<typeof edgesOf>, types: Editor["types"], made: Record<string, Port[]>): Map<string, Ports> {
  return new Map(nodes.map((node) => [node.id, portsOf(node, types.get(node.type), edges, made[node.id])]));
}

function useNotes({ state, dispatch, may }: Editor): NoteNode[] {
  return useMemo(() => notesOf(state.document).map((note, index): NoteNode => {
    const change = (name: string, more: object) => dispatch({ type: "do", name, operations: [{ op: "set_note", id: note.id, note: { ...note, ...more } }] });
    const [x, y] = note.position ?? [index * 240, -160];
    const [width, height] = note.size ?? [220, 120];
    return {
      id: notePrefix + note.id, type: "note", position: { x: Number(x), y: Number(y) }, width: Number(width), height: Number(height), zIndex: 0, selectable: false, focusable: false, connectable: false, draggable: may.write, ariaLabel: "Note",
      data: {
        text: note.text,
        ...(may.write && {
          onText: (text: string) => change("Write a note", { text }), onSize: (size: [number, number]) => change("Resize a note", { size }),
          onRemove: () => dispatch({ type: "do", name: "Remove a note", operations: [{ op: "set_note", id: note.id }] }),
        }),
      },
    };
  }), [state.document, dispatch, may.write]);
}

function useFlowNodes({ editor, steps, findings, ports, marks, onAdd }: Props) {
  const { state, types, dispatch, may } = editor;
  const notes = useNotes(editor);
  const made = useMemo((): CanvasNode[] => [...notes, ...state.document.nodes.map((node, index): ViewNode => {
    const own = ports.get(node.id) ?? { inputs: [], outputs: [] };
    return {
      id: node.id,
      type: "node",
      zIndex: 1, // above notes
      position: { x: placeOf(node)?.[0] ?? index * 300, y: placeOf(node)?.[1] ?? 0 },
      selected: state.selection.nodes.includes(node.id),
      ariaLabel: nameOf(node),
      data: {
        ...own, name: nameOf(node), type: node.type, narrow: false, selected: state.selection.nodes.includes(node.id), disabled: node.disabled ?? false,
        step: steps.find((step) => step.node === node.id), badges: badgesOf(node, types.get(node.type), findingsOf(findings, state.document, node.id), pinOf(state.document, node.id) !== undefined, marks.get(node.id)),
        loose: looseOutputs(node, own, state.document), onAdd: may.write ? (output) => onAdd({ node: node.id, output }) : () => undefined,
      },
    };
  })], [notes, state.document, state.selection, types, ports, steps, findings, marks, may.write, onAdd]);
  const [nodes, setNodes] = useState<CanvasNode[]>(made);

  // Keep the sizes that the canvas has measured, so that nothing flickers.
  useEffect(() => setNodes((last) => {
    const known = new Map(last.map((node) => [node.id, node.measured]));
    return made.map((node) => ({ ...node, measured: known.get(node.id) }));
  }), [made]);

  const onNodesChange = useCallback((changes: NodeChange<CanvasNode>[]) => {
    setNodes((last) => applyNodeChanges(changes.filter((change) => change.type === "position" || change.type === "dimensions"), last));
    const marks = changes.flatMap((change) => (change.type === "select" && !change.id.startsWith(notePrefix) ? [[change.id, change.selected]] : []));
    if (marks.length > 0) dispatch({ type: "mark", kind: "nodes", marks: Object.fromEntries(marks) });
    const moved = changes.flatMap((change) => (change.type === "position" && change.dragging === false && change.position ? [change] : []));
    if (moved.length === 0 || !may.write) return;
    const placed = moved.filter((change) => !change.id.startsWith(notePrefix));
    const noteMoves = moved.filter((change) => change.id.startsWith(notePrefix)).flatMap(({ id, position }) => {
      const note = notesOf(state.document).find((entry) => notePrefix + entry.id === id);
      return note ? [{ op: "set_note" as const, id: note.id, note: { ...note, position: [Math.round(position!.x), Math.round(position!.y)] as [number, number] } }] : [];
    });
    if (noteMoves.length > 0) dispatch({ type: "do", name: "Move a note", operations: noteMoves });
    if (placed.length === 0) return;
    const positions = Object.fromEntries(placed.map(({ id, position }) => [id, [Math.round(position!.x), Math.round(position!.y)] as [number, number]]));
    dispatch({ type: "do", name: `Move ${plural(placed.length, "node")}`, operations: [{ op: "move", positions }], merge: `move ${Object.keys(positions).sort().join(" ")}` });
  }, [dispatch, may.write, state.document]);
  return { nodes, onNodesChange };
}

function useFlowEdges({ editor, steps, ports }: Props, over: string | undefined) {
  const { state, dispatch } = editor;
  const edges = useMemo(() => edgesOf(state.document).map((edge): FlowEdge => {
    const count = countOn(edge, steps);
    const key = edgeKey(edge);
    const output = edge.output ?? "main";
    return {
      id: key, source: edge.from, sourceHandle: output, target: edge.to, targetHandle: edge.input ?? "main", selected: state.selection.edges.includes(key),
      label: count > 0 ? plural(count, "item") : undefined, className: `${count > 0 ? "edge-used" : ""}${over === key ? " is-over" : ""}`, labelBgPadding: [6, 3], labelBgBorderRadius: 6,
      ariaLabel: `From ${edge.from}${(ports.get(edge.from)?.outputs.length ?? 0) > 1 ? `, ${output},` : ""} to ${edge.to}`,
    };
  }), [state.document, state.selection.edges, steps, ports, over]);
  const onEdgesChange = useCallback((changes: EdgeChange[]) => {
    const marks = changes.flatMap((change) => (change.type === "select" ? [[change.id, change.selected]] : []));
    if (marks.length > 0) dispatch({ type: "mark", kind: "edges", marks: Object.fromEntries(marks) });
  }, [dispatch]);
  return { edges, onEdgesChange };
}

function ActionMenu({ editor }: { editor: Editor }) {
  const node = editor.state.selection.nodes.length > 0;
  return (
    <Menu>
      {actions.filter((action) => action.places.includes("menu")).map((action) => (
        <MenuItem key={action.id} icon={<action.icon />} text={labelOf(action, editor)} label={action.keys && keyText(action.keys[0]!)} disabled={!action.when(editor)} onClick={() => void action.perform(editor)} />
      ))}
      {!node && <MenuDivider title="No node is chosen" />}
    </Menu>
  );
}

// The connection below the pointer, or a hand's breadth around it.
function edgeBelow(event: DragEvent): string | undefined {
  const around = [[0, 0], [0, -8], [0, 8], [0, -16], [0, 16]] as const;
  for (const [dx, dy] of around) {
    const edge = document.elementsFromPoint(event.clientX + dx, event.clientY + dy).map((element) => element.closest<SVGElement>(".react-flow__edge")).find(Boolean);
    if (edge) return edge.dataset.id;
  }
  return undefined;
}

// The panel lies on the canvas, so that nothing moves when it opens: what is fitted keeps clear of it.
export function fitOptions(narrow: boolean): FitViewOptions {
  return { maxZoom: 1, padding: narrow ? { top: "24px", bottom: "76%", x: "24px" } : { y: "48px", left: "64px", right: "460px" } };
}

// The draft as its author lays it out: nodes are chosen, moved and connected here.
export function EditorCanvas(props: Props) {
  const { editor, onAdd, onOpen, onInspect } = props;
  const [over, setOver] = useState<string>();
  const narrow = useNarrow();
  const { state, dispatch, types, may } = editor;
  const { nodes, onNodesChange } = useFlowNodes(props);
  const { edges, onEdgesChange } = useFlowEdges(props, over);
  const { screenToFlowPosition } = useReactFlow();
  const edgeOf = (connection: { source: string; sourceHandle?: string | null; target: string; targetHandle?: string | null }) =>
    makeEdge(connection.source, connection.sourceHandle ?? "main", connection.target, connection.targetHandle ?? "main");

  // Dropped on nothing: what comes behind is asked for, there.
  const onConnectEnd: OnConnectEnd = (event, { isValid, fromHandle, toNode }) => {
    if (isValid || toNode || fromHandle?.type !== "source") return;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (!point) return;
    const { x, y } = screenToFlowPosition({ x: point.clientX, y: point.clientY });
    onAdd({ node: fromHandle.nodeId, output: fromHandle.id ?? "main" }, [x, y - 30]);
  };
  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(dragType);
    if (type === "") return;
    event.preventDefault();
    const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    setOver(undefined);
    onAdd(undefined, [x - 106, y - 28], type, edgesOf(state.document).find((edge) => edgeKey(edge) === edgeBelow(event)));
  };
  const onDragOver = (event: DragEvent) => {
    event.preventDefault();
    if (event.dataTransfer.types.includes(dragType)) setOver(edgeBelow(event));
  };
  // The menu is of the node below the pointer.
  const chooseBelow = (event: MouseEvent) => {
    const id = (event.target as Element).closest<HTMLElement>(".react-flow__node")?.dataset.id;
    if (id !== undefined && !state.selection.nodes.includes(id)) dispatch({ type: "select", nodes: [id] });
  };

  return (
    <ContextMenu className="editor-canvas canvas" content={<ActionMenu editor={editor} />}>
      <section aria-label="Canvas" onContextMenuCapture={chooseBelow} onDragOver={onDragOver} onDragLeave={() => setOver(undefined)} onDrop={onDrop}>
        <ReactFlow nodes={nodes} edges={edges} nodeTypes={nodeTypes} onNodesChange={onNodesChange} onEdgesChange={onEdgesChange}
          onConnect={(connection) => dispatch({ type: "do", name: "Connect", operations: [{ op: "connect", edge: edgeOf(connection) }] })} onConnectEnd={onConnectEnd}
          isValidConnection={(connection) => mayConnect(state.document, edgeOf(connection), types)}
          onNodeClick={onOpen} onNodeDoubleClick={(_event, node) => node.type === "node" && onInspect(node.id)} zoomOnDoubleClick={false} nodesDraggable={may.write} nodesConnectable={may.write} deleteKeyCode={null} multiSelectionKeyCode={["Shift", "Control", "Meta"]} selectionKeyCode="Shift"
          connectionRadius={36} onlyRenderVisibleElements selectNodesOnDrag={false} fitView fitViewOptions={fitOptions(narrow)} minZoom={0.15} maxZoom={2} proOptions={{ hideAttribution: true }}>
          <Background gap={20} size={1.4} />
          <Controls showInteractive={false} />
          {!narrow && state.document.nodes.length > 7 && <MiniMap pannable zoomable ariaLabel="Map of the workflow" position="top-left" />}
        </ReactFlow>
      </section>
    </ContextMenu>
  );
}
