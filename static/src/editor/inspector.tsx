import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { ArrowLeft, ArrowRight, ChevronLeft, ChevronRight, Cross, Minimize } from "@blueprintjs/icons";
import type { Finding, Step, Workflow } from "../api/types";
import { jsonOf } from "../lib/columns";
import type { Editor } from "./actions";
import { InputPane, OutputPane } from "./data-panes";
import { edgesOf, nameOf, nodeOf, type Node } from "./document";
import { NodePanel } from "./node-panel";
import { useInsert } from "./use-insert";
import { useNodeData } from "./use-node-data";

interface Props {
  editor: Editor;
  workspace: string;
  workflow: Workflow;
  node: Node;
  findings: Finding[];
  run: string;
  isOver: boolean; // the run is over, so that its steps can be taken
  steps: Step[];
  isWide: boolean; // input, form and output side by side
  onWide: (isWide: boolean) => void;
  onGo: (node: string) => void;
  onClose: () => void;
}

function Neighbour({ editor, node, side, onGo }: Pick<Props, "editor" | "node" | "onGo"> & { side: "before" | "behind" }) {
  const { document } = editor.state;
  const id = side === "before" ? edgesOf(document).find((edge) => edge.to === node.id)?.from : edgesOf(document).find((edge) => edge.from === node.id)?.to;
  const other = nodeOf(document, id ?? "");
  const Icon = side === "before" ? ArrowLeft : ArrowRight;
  return <Button variant="minimal" icon={<Icon />} disabled={!other} aria-label={other ? `${side === "before" ? "Before" : "Behind"}: ${nameOf(other)}` : `No node ${side} it`} title={other && nameOf(other)} onClick={() => other && onGo(other.id)} />;
}

function ItemStepper({ item, count, onItem }: { item: number; count: number; onItem: (item: number) => void }) {
  if (count < 2) return null;
  return (
    <div className="item-stepper" role="group" aria-label="Item that values are shown for">
      <Button size="small" variant="minimal" icon={<ChevronLeft size={14} />} aria-label="Item before" disabled={item === 0} onClick={() => onItem(item - 1)} />
      <span className="quiet">Item {item} of {count}</span>
      <Button size="small" variant="minimal" icon={<ChevronRight size={14} />} aria-label="Item behind" disabled={item >= count - 1} onClick={() => onItem(item + 1)} />
    </div>
  );
}

// One node: its form alone beside the canvas, or between what comes to it and what it gave.
export function Inspector(props: Props) {
  const { editor, workspace, workflow, node, findings, run, isOver, steps, isWide, onWide, onGo, onClose } = props;
  const [picked, setItem] = useState(0);
  const [insert, insertNow] = useInsert();
  const data = useNodeData(workspace, editor.state.document, node, run === "" ? undefined : run, steps);
  const input = data.inputs.flatMap((entry) => entry.items);
  const item = Math.max(0, Math.min(picked, input.length - 1));
  const panes = { editor, workspace, run, node, data, item };

  return (
    <aside className={isWide ? "editor-panel inspector" : "editor-panel"} aria-label={nameOf(node)} onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); if (isWide) onWide(false); else onClose(); } }}>
      <div className="editor-panel-head">
        {isWide && <Neighbour editor={editor} node={node} side="before" onGo={onGo} />}
        <h2>{nameOf(node)}</h2>
        {isWide && <ItemStepper item={item} count={input.length} onItem={setItem} />}
        {isWide && <Neighbour editor={editor} node={node} side="behind" onGo={onGo} />}
        {isWide ? <Button variant="minimal" icon={<Minimize />} aria-label="Form alone" title="Form alone (Esc)" onClick={() => onWide(false)} />
          : <Button size="small" className="open-node" title="Input and output beside the form (Enter)" onClick={() => onWide(true)}>Input and output</Button>}
        <Button variant="minimal" icon={<Cross />} aria-label="Close the panel" onClick={onClose} />
      </div>
      <div className={isWide ? "inspector-body" : undefined}>
        {isWide && <InputPane {...panes} onItem={setItem} onInsert={insertNow} />}
        <div className={isWide ? "pane pane-form" : undefined}>
          <NodePanel editor={editor} workspace={workspace} workflow={workflow.id} node={node} findings={findings} run={isOver && run !== "" ? run : undefined} steps={steps} error={data.step?.error ?? steps.find((step) => step.node === node.id)?.error ?? undefined}
            item={item} input={jsonOf(input[item])} insert={insert} />
        </div>
        {isWide && <OutputPane {...panes} />}
      </div>
    </aside>
  );
}
