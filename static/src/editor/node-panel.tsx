import { useState } from "react";
import { Button, FormGroup, InputGroup, Switch } from "@blueprintjs/core";
import { useConditions } from "../api/catalog";
import { useDocumentSchema } from "../api/schema";
import type { Finding, RunError, Step } from "../api/types";
import { ErrorPanel } from "../panels/error-panel";
import { NodeTile } from "../panels/node-tile";
import { actions, type Editor } from "./actions";
import { edgesOf, nameOf, type Node, type Path } from "./document";
import { FieldFindings } from "./field-findings";
import { findingsAt, innerPath } from "./findings";
import { FormContext, type FormContextValue } from "./form-context";
import type { NodeOption } from "./operations";
import { nodeOptions, retryOptions } from "./options";
import { ParamRows } from "./param-form";
import { usePreviews } from "./use-preview";
import { useWorld } from "./use-world";
import { WebhookTrial } from "./webhook-trial";

interface Props {
  editor: Editor;
  workspace: string;
  workflow: string;
  node: Node;
  findings: Finding[]; // findings of the node
  run: string | undefined; // run whose data expressions see
  steps: Step[];
  error: RunError | undefined; // error of the node in the run on the canvas
  item: number;
  input: unknown; // data of that item
  insert: FormContextValue["insert"];
}

// A name is taken when it is finished, so that expressions that name the node are not rewritten by each letter.
function NameField({ editor, node }: Pick<Props, "editor" | "node">) {
  const [text, setText] = useState(nameOf(node));
  const name = text.trim();
  const isTaken = editor.state.document.nodes.some((other) => other.id !== node.id && nameOf(other) === name);
  const fault = isTaken ? "Another node has this name." : name === "" ? "A node needs a name." : undefined;
  const keep = () => (fault ? setText(nameOf(node)) : editor.dispatch({ type: "do", name: `Rename ${nameOf(node)}`, operations: [{ op: "rename", node: node.id, name }] }));

  return (
    <FormGroup label="Name" labelFor="node-name" helperText={fault} intent={fault ? "danger" : "none"}>
      <InputGroup id="node-name" value={text} maxLength={128} disabled={!editor.may.write} intent={fault ? "danger" : "none"} onValueChange={setText} onBlur={keep}
        onKeyDown={(event) => event.key === "Enter" && keep()} />
    </FormGroup>
  );
}

function Options({ editor, node, findings }: Pick<Props, "editor" | "node" | "findings">) {
  const type = editor.types.get(node.type);
  const set = (name: string, value: unknown) =>
    editor.dispatch({ type: "do", name: `Change ${nameOf(node)}`, operations: [{ op: "set_option", node: node.id, name: name as NodeOption, value }], merge: `option ${node.id} ${name}` });
  const retry = node.retry as Record<string, unknown> | null | undefined;
  const schema = useDocumentSchema();
  const rows = nodeOptions(schema, type);
  const isOpen = findings.some((finding) => !innerPath(finding).startsWith("params")) || rows.some((row) => (node as Record<string, unknown>)[row.name] !== undefined) || retry != null;

  return (
    <details className="seldom" open={isOpen || undefined}>
      <summary>Node options</summary>
      <ParamRows table={rows} values={node as Record<string, unknown>} at="" onSet={([name], value) => set(String(name), value)} />
      {!type?.trigger && (
        <>
          <Switch label="Try again when it fails" checked={retry != null} disabled={!editor.may.write} onChange={(event) => set("retry", event.currentTarget.checked ? {} : undefined)} />
          {retry != null && <ParamRows table={retryOptions(schema)} values={retry} at="retry" onSet={([name], value) => set("retry", { ...retry, [String(name)]: value })} />}
        </>
      )}
    </details>
  );
}

// Form of one node: its name, its parameters, the treatment of its failures.
export function NodePanel({ editor, workspace, workflow, node, findings, run, steps, error, item, input, insert }: Props) {
  const type = editor.types.get(node.type);
  const conditions = useConditions();
  const own = findings.filter((finding) => findingsAt([finding], "params", true).length === 0 || innerPath(finding) === "params");
  const setParam = (path: Path, value: unknown) =>
    editor.dispatch({ type: "do", name: `Change ${nameOf(node)}`, operations: [{ op: "set_param", node: node.id, path, value }], merge: `param ${node.id} ${JSON.stringify(path)}` });
  const previews = usePreviews(workspace, workflow, editor, node, run, item);
  const world = useWorld(workspace, editor.state.document, node, run, steps, input);

  return (
    <FormContext.Provider value={{ workspace, findings, conditions, credentialTypes: type?.credential_types ?? [], params: node.params ?? {}, readOnly: !editor.may.write, previews: previews.values, world, insert }}>
      <div className="node-head">
        <NodeTile type={node.type} />
        <div><strong>{type?.title ?? node.type}</strong><div className="quiet">{type?.summary ?? "This installation has no such node; it is kept as it is."}</div></div>
      </div>
      <div className="part-buttons">
        {actions.filter((action) => action.places.includes("node")).map((action) => (
          <Button key={action.id} size="small" icon={<action.icon size={14} />} disabled={!action.when(editor)} onClick={() => void action.perform(editor)}>{action.name}</Button>
        ))}
      </div>
      {error && <ErrorPanel error={error} />}
      {previews.note && <p className="field-note preview-note">No values are shown beside expressions: {previews.note}</p>}
      {type?.triggers.includes("webhook") && <WebhookTrial editor={editor} workspace={workspace} node={node} />}
      <FieldFindings findings={own} />
      <NameField key={`${node.id} ${nameOf(node)}`} editor={editor} node={node} />
      {type && <ParamRows table={type.params} values={node.params ?? {}} at="params" onSet={setParam} />}
      {type?.notices.filter((notice) => notice.beside.length === 0).map((notice) => <p className="field-note" key={notice.text}>{notice.text}{notice.hint && <> {notice.hint}</>}</p>)}
      <Options editor={editor} node={node} findings={findings} />
      {edgesOf(editor.state.document).every((edge) => edge.to !== node.id) && type && type.inputs.length > 0 && <p className="field-note">Nothing leads to this node yet: drag from another node’s output to it.</p>}
    </FormContext.Provider>
  );
}
