import { InputGroup } from "@blueprintjs/core";
import { useWorkflows } from "../../api/workflows";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

// The id of a workflow, with those of the workspace to choose from.
export function WorkflowField({ value, id, describedBy, isBad, set }: FieldProps) {
  const { workspace, readOnly } = useForm();
  const workflows = useWorkflows(workspace, "").data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = workflows.find((workflow) => workflow.id === value);

  return (
    <>
      <InputGroup id={id} fill list={`${id}-list`} autoComplete="off" spellCheck={false} value={value == null ? "" : String(value)} placeholder="Type to search, or paste an id" aria-describedby={describedBy}
        intent={isBad ? "danger" : "none"} disabled={readOnly} onValueChange={(text) => set(text || undefined)} />
      <datalist id={`${id}-list`}>{workflows.map((workflow) => <option key={workflow.id} value={workflow.id}>{workflow.name}</option>)}</datalist>
      {chosen && <p className="field-note">{chosen.name}</p>}
    </>
  );
}
