import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Edit, Trash } from "@blueprintjs/icons";
import { useRemoveVariable } from "../api/variables";
import type { Variable } from "../api/types";
import { CopyButton } from "../panels/copy-button";
import { ProblemCallout } from "../panels/problem-callout";
import { TimeAgo } from "../panels/time-ago";
import { VariableForm } from "../panels/variable-form";

function usedText(count: number) {
  if (count === 0) return "No published workflow uses it";
  return count === 1 ? "1 published workflow uses it" : `${count} published workflows use it`;
}

export function VariableRow({ variable, workspace, mayWrite }: { variable: Variable; workspace: string; mayWrite: boolean }) {
  const remove = useRemoveVariable(workspace);
  const [isOpen, setOpen] = useState(false);
  const [isSure, setSure] = useState(false);

  return (
    <tr>
      <td data-label="Name" className="grows">
        <span className="row-title">{variable.name}</span>
        <div className="row-note">{usedText(variable.workflow_count)}</div>
        {isOpen && <VariableForm workspace={workspace} variable={variable} onClose={() => setOpen(false)} />}
        {isSure && variable.workflow_count > 0 && (
          <p className="quiet" role="status">Where it is used, $vars.{variable.name} is undefined once it is deleted.</p>
        )}
        {remove.isError && <ProblemCallout error={remove.error} />}
      </td>
      <td data-label="Value"><code className="variable-value">{variable.value === "" ? "(empty)" : variable.value}</code></td>
      <td data-label="Changed"><TimeAgo at={variable.updated_at} /></td>
      <td className="row-actions">
        <CopyButton text={`{{ $vars.${variable.name} }}`} label={`Copy the expression for ${variable.name}`} />
        {mayWrite && (
          <>
            <Button icon={<Edit size={14} />} size="small" aria-label={`Change ${variable.name}`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Change</Button>
            {isSure ? (
              <Button icon={<Trash size={14} />} size="small" intent="danger" loading={remove.isPending} aria-label={`Really delete ${variable.name}`}
                onClick={() => remove.mutate(variable.id, { onSettled: () => setSure(false) })}>Really delete</Button>
            ) : (
              <Button icon={<Trash size={14} />} size="small" aria-label={`Delete ${variable.name}`} onClick={() => setSure(true)}>Delete</Button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}
