import { Button, EditableText, Tag } from "@blueprintjs/core";
import { Link } from "react-router-dom";
import type { Workflow } from "../api/types";
import type { Finding } from "../api/types";
import { actions, labelOf, type Editor } from "./actions";
import { worst } from "./findings";
import { keyText } from "./keys";

interface Props {
  editor: Editor;
  workspace: string;
  workflow: Workflow;
  saveText: string;
  findings: Finding[];
  onRename: (name: string) => void;
}

const primary = new Set(["run", "publish", "save"]);
const count = { error: "danger", warning: "warning" } as const;

// Name, save state and the actions of the table that belong here.
export function Toolbar({ editor, workspace, workflow, saveText, findings, onRename }: Props) {
  const found = worst(findings);
  return (
    <header className="editor-bar">
      <div className="editor-title">
        <div className="crumbs"><Link to={`/w/${workspace}/workflows`}>Workflows</Link> / <Link to={`/w/${workspace}/workflows/${workflow.id}`}>{workflow.name}</Link></div>
        <h1><EditableText key={workflow.name} defaultValue={workflow.name} maxLength={200} disabled={!editor.may.write} placeholder="Name of the workflow" selectAllOnFocus
          onConfirm={(name) => name.trim() !== "" && name !== workflow.name && onRename(name.trim())} /></h1>
      </div>
      <span className="editor-saved quiet" role="status">{saveText}</span>
      <div className="editor-actions" role="toolbar" aria-label="Editor">
        {actions.filter((action) => action.places.includes("toolbar")).map((action) => {
          const label = labelOf(action, editor);
          const key = action.keys ? ` (${keyText(action.keys[0]!)})` : "";
          return (
            <Button key={action.id} className={`action-${action.id}`} variant={primary.has(action.id) ? "solid" : "minimal"} intent={action.id === "save" && action.when(editor) ? "primary" : "none"} icon={<action.icon size={16} />}
              aria-label={action.id === "findings" ? `Findings: ${findings.length}` : action.name} title={label + key} disabled={!action.when(editor)} onClick={() => void action.perform(editor)}>
              {primary.has(action.id) ? <span className="action-text">{action.name}</span> : action.id === "findings" && found ? <Tag round intent={count[found]}>{findings.length}</Tag> : undefined}
            </Button>
          );
        })}
      </div>
    </header>
  );
}
