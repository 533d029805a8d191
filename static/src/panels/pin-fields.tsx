import { Button, FormGroup, HTMLSelect, TextArea } from "@blueprintjs/core";
import type { Step } from "../api/types";
import type { Graph } from "../lib/graph";
import { outputText } from "../lib/rerun";

interface Props {
  graph: Graph;
  target: string;
  recorded: Step[];
  texts: Record<string, string>;
  fault: { node: string; text: string } | undefined;
  onChange: (texts: Record<string, string>) => void;
}

// Items in the place of what nodes would give; a node is filled with what it gave in the recorded run.
export function PinFields({ graph, target, recorded, texts, fault, onChange }: Props) {
  const nameOf = (id: string) => graph.nodes.find((node) => node.id === id)?.name ?? id;
  const free = graph.nodes.filter((node) => node.id !== target && !(node.id in texts));
  const add = (node: string) => {
    const step = recorded.filter((entry) => entry.node === node && !entry.frame).at(-1);
    onChange({ ...texts, [node]: (step && outputText(step)) || "{}" });
  };
  const drop = (node: string) => onChange(Object.fromEntries(Object.entries(texts).filter(([id]) => id !== node)));

  return (
    <>
      {Object.entries(texts).map(([node, text]) => (
        <FormGroup key={node} label={`Items of ${nameOf(node)}`} labelFor={`pin-${node}`} labelInfo={<Button size="small" variant="minimal" onClick={() => drop(node)}>Unpin</Button>}
          intent={fault?.node === node ? "danger" : "none"} helperText={fault?.node === node ? fault.text : "One object, or a list of objects: one for each item."}>
          <TextArea id={`pin-${node}`} fill rows={6} className="code-input" spellCheck={false} value={text}
            onChange={(event) => onChange({ ...texts, [node]: event.target.value })} />
        </FormGroup>
      ))}
      {free.length > 0 && (
        <FormGroup label="Pin items of" labelFor="pin-node" helperText="They stand in the node's place, and the node is not run.">
          <HTMLSelect id="pin-node" fill value="" onChange={(event) => add(event.target.value)}
            options={[{ value: "", label: "Choose a node" }, ...free.map((node) => ({ value: node.id, label: node.name ?? node.id }))]} />
        </FormGroup>
      )}
    </>
  );
}
