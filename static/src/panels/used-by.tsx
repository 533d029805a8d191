import { Link } from "react-router-dom";

interface Props {
  workspace: string;
  workflows: { id: string; name: string }[];
  children?: string; // the effect that a change has on them
}

// The published workflows that use something, each leading to its runs.
export function UsedBy({ workspace, workflows, children }: Props) {
  if (workflows.length === 0) return <p className="quiet">No published workflow uses it.</p>;
  return (
    <p className="quiet">
      Used by {workflows.map((workflow, i) => (
        <span key={workflow.id}>{i > 0 && ", "}<Link to={`/w/${workspace}/executions?workflow_id=${workflow.id}`}>{workflow.name}</Link></span>
      ))}. {children}
    </p>
  );
}
