import { useRef, useState } from "react";
import { Button } from "@blueprintjs/core";
import { Add, Import } from "@blueprintjs/icons";
import { useTemplates } from "../api/catalog";
import type { Catalog } from "../api/types";
import { plural } from "../lib/format";
import { NodeTile } from "../panels/node-tile";
import { paste, type Editor } from "./actions";
import { edgesOf, readDocument } from "./document";

// Once the nodes are drawn.
function fitSoon(editor: Editor): void {
  setTimeout(editor.fit, 100);
}

function TemplateCard({ editor, template: { label, text, graph } }: { editor: Editor; template: Catalog["templates"][number] }) {
  const document = readDocument(graph);
  if (document === undefined) return null;
  const begin = () => {
    editor.dispatch({ type: "do", name: `Begin with ${label}`, operations: [{ op: "paste", nodes: document.nodes, edges: edgesOf(document) }] });
    fitSoon(editor);
  };
  return (
    <button type="button" className="template" onClick={begin}>
      <span className="template-tiles" aria-hidden="true">{document.nodes.map((node) => <NodeTile key={node.id} type={node.type} size={14} />)}</span>
      <strong>{label}</strong>
      <span className="quiet">{text}</span>
      <span className="quiet">{plural(document.nodes.length, "node")}</span>
    </button>
  );
}

// An empty workflow teaches: what starts it, three that are ready to run, and a way for one that is there already.
export function EmptyCanvas({ editor, onAdd }: { editor: Editor; onAdd: () => void }) {
  const templates = useTemplates();
  const [fault, setFault] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const take = async (chosen: File | undefined) => {
    if (chosen && !paste(editor, await chosen.text())) setFault(`${chosen.name} is no workflow: its JSON has no nodes.`);
    else fitSoon(editor);
  };
  return (
    <div className="editor-empty">
      <div className="empty-box">
        <Button size="large" intent="primary" icon={<Add />} onClick={onAdd}>Add what starts it</Button>
        <p className="quiet">or press N; Ctrl+K finds everything else</p>
        <h2>Begin with one that runs</h2>
        <div className="template-row">
          {templates.map((template) => <TemplateCard key={template.name} editor={editor} template={template} />)}
        </div>
        <h2>Or take one that you have</h2>
        <div className="empty-ways">
          <Button icon={<Import size={14} />} onClick={() => file.current?.click()}>Import a file</Button>
          <span className="quiet">or paste the JSON of a workflow here (Ctrl+V)</span>
          <input ref={file} type="file" accept="application/json,.json" className="hidden-text" tabIndex={-1} aria-label="Workflow file" onChange={(event) => void take(event.target.files?.[0])} />
        </div>
        {fault && <p className="field-note is-bad" role="alert">{fault}</p>}
      </div>
    </div>
  );
}
