import { useState } from "react";
import { Button, Spinner } from "@blueprintjs/core";
import { Edit, Pin, StepForward, Unpin } from "@blueprintjs/icons";
import type { Step } from "../api/types";
import { formatDuration } from "../lib/format";
import { DataView } from "../panels/data-view";
import { StepLogs } from "../panels/step-logs";
import { StatusTag } from "../panels/status-tag";
import type { Editor } from "./actions";
import { nameOf, pinOf, type Node } from "./document";
import { PinEditor } from "./pin-editor";
import type { NodeData } from "./use-node-data";

interface Props {
  editor: Editor;
  workspace: string;
  run: string;
  node: Node;
  data: NodeData;
  item: number;
  onItem: (item: number) => void;
  onInsert: (path: string) => void;
}

function RunButton({ editor, node, text }: { editor: Editor; node: Node; text: string }) {
  return editor.may.run ? <Button size="small" icon={<StepForward size={14} />} disabled={editor.isBusy || editor.isRunning} onClick={() => editor.run("to", node.id)}>{text}</Button> : null;
}

// Items that come to the node, from each node before it.
export function InputPane({ editor, workspace, run, node, data, item, onItem, onInsert }: Props) {
  const isSource = (editor.types.get(node.type)?.inputs.length ?? 0) === 0;
  const hasItems = data.inputs.some((input) => input.items.length > 0);
  let at = 0;
  return (
    <section className="pane pane-input" aria-label="Input" tabIndex={-1}>
      <h3 className="pane-title">Input</h3>
      {isSource ? <p className="quiet">A run starts here: nothing comes before it.</p> : data.inputs.length === 0 ? <p className="quiet">Nothing leads to this node yet.</p>
        : data.isLoading ? <Spinner size={20} aria-label="Loading" /> : !hasItems && <div className="pane-empty"><p className="quiet">No items have come here yet.</p><RunButton editor={editor} node={node} text="Run what leads here" /></div>}
      {hasItems && data.inputs.map((input, index) => {
        const begins = at;
        at += input.items.length;
        return (
          <DataView key={input.key} title={input.title} items={input.items} workspace={workspace} execution={run} first="schema" base={index === 0 ? "$json" : undefined} active={item - begins} onPick={(picked) => onItem(begins + picked)} onInsert={index === 0 ? onInsert : undefined}>
            {input.isPinned && <span className="pinned-mark"><Pin size={12} />pinned</span>}
          </DataView>
        );
      })}
    </section>
  );
}

function StepLine({ step }: { step: Step }) {
  return <p className="step-line"><StatusTag status={step.status} /><span className="quiet">{formatDuration(step.duration_ms)}{step.pinned ? ", pinned" : step.from_run ? ", of an earlier run" : ""}</span></p>;
}

// Items that the node gave, or that are pinned in its place.
export function OutputPane({ editor, workspace, run, node, data, item }: Omit<Props, "onItem" | "onInsert">) {
  const [isEdited, setEdited] = useState(false);
  const pinned = pinOf(editor.state.document, node.id);
  const pin = (items: unknown[] | undefined) => editor.dispatch({ type: "do", name: `${items ? "Pin" : "Unpin"} ${nameOf(node)}`, operations: [{ op: "set_pin", node: node.id, items }] });
  const mayPin = editor.may.write && (editor.types.get(node.type)?.outputs.length ?? 1) > 0;
  const first = data.outputs[0];
  const logs = data.step?.logs ?? [];

  return (
    <section className="pane pane-output" aria-label="Output" tabIndex={-1}>
      <div className="pane-head">
        <h3 className="pane-title">Output</h3>
        {mayPin && (
          <div className="pane-tools">
            {pinned ? <Button size="small" variant="minimal" icon={<Unpin size={14} />} onClick={() => pin(undefined)}>Unpin</Button>
              : first && first.items.length > 0 && <Button size="small" variant="minimal" icon={<Pin size={14} />} title="Keep these items: runs in the editor take them instead of running the node" onClick={() => pin(first.items.map((entry) => ({ json: (entry as { json?: unknown }).json })))}>Pin</Button>}
            <Button size="small" variant="minimal" icon={<Edit size={14} />} onClick={() => setEdited(true)}>{pinned ? "Edit" : "Edit and pin"}</Button>
          </div>
        )}
      </div>
      {pinned && <p className="pin-note"><Pin size={12} />These items stand in the node’s place in runs of the editor. What is published never uses them.</p>}
      {data.step && !pinned && <StepLine step={data.step} />}
      {data.isLoading ? <Spinner size={20} aria-label="Loading" /> : data.outputs.length === 0 && !data.step?.error && <div className="pane-empty"><p className="quiet">{data.step ? "It gave no items." : "It has not run yet."}</p><RunButton editor={editor} node={node} text="Run to here" /></div>}
      {data.outputs.map((output) => <DataView key={output.key} title={output.title} items={output.items} workspace={workspace} execution={run} active={item} />)}
      {logs.length > 0 && <><h3 className="pane-title">Log</h3><StepLogs logs={logs} /></>}
      {isEdited && <PinEditor name={nameOf(node)} items={pinned ?? first?.items} onSave={pin} onClose={() => setEdited(false)} />}
    </section>
  );
}
