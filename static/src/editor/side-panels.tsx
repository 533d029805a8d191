import { Button } from "@blueprintjs/core";
import { TickCircle } from "@blueprintjs/icons";
import { useDocumentSchema } from "../api/schema";
import type { Finding } from "../api/types";
import type { Editor } from "./actions";
import { nameOf, nodeOf, type Settings } from "./document";
import { FieldFindings } from "./field-findings";
import { nodeIdOf } from "./findings";
import { FormContext, plainForm } from "./form-context";
import { workflowOptions } from "./options";
import { ParamRows } from "./param-form";

export function SettingsPanel({ editor, workspace, findings }: { editor: Editor; workspace: string; findings: Finding[] }) {
  const set = (name: string, value: unknown) =>
    editor.dispatch({ type: "do", name: "Change the settings", operations: [{ op: "set_setting", name: name as keyof Settings, value }], merge: `setting ${name}` });
  return (
    <FormContext.Provider value={plainForm(workspace, findings, !editor.may.write)}>
      <ParamRows table={workflowOptions(useDocumentSchema())} values={(editor.state.document.settings ?? {}) as Record<string, unknown>} at="settings" onSet={([name], value) => set(String(name), value)} />
    </FormContext.Provider>
  );
}

// Everything that validation says, each with the way to its field.
export function FindingsPanel({ editor, findings, isChecked, onGo }: { editor: Editor; findings: Finding[]; isChecked: boolean; onGo: (finding: Finding) => void }) {
  if (findings.length === 0) return <p className="quiet findings-none"><TickCircle size={14} />{isChecked ? "Nothing to mend." : "Looking…"}</p>;
  return (
    <ul className="finding-rows">
      {findings.map((finding) => {
        const node = nodeOf(editor.state.document, nodeIdOf(finding, editor.state.document) ?? "");
        return (
          <li key={`${finding.path} ${finding.message}`}>
            <Button variant="minimal" fill alignText="start" onClick={() => onGo(finding)}>{node ? nameOf(node) : "Workflow"}</Button>
            <FieldFindings findings={[finding]} />
          </li>
        );
      })}
    </ul>
  );
}
