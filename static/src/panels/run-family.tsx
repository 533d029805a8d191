import { Link } from "react-router-dom";
import type { Execution } from "../api/types";
import { formatDuration, plural } from "../lib/format";
import { Fact } from "./fact";
import { StatusTag } from "./status-tag";

// Parent of the run, and the cost of it and of all below it.
export function RunFamily({ run, workspace }: { run: Execution; workspace: string }) {
  const { parent, cost } = run;
  const page = (id: string) => `/w/${workspace}/executions/${id}`;
  return (
    <>
      {parent && (
        <Fact name={run.mode === "error" ? "Started by the failure of" : "Called by"}>
          <Link to={page(parent.id)}>{parent.workflow_name ?? "Deleted workflow"}</Link> <StatusTag status={parent.status} />
        </Fact>
      )}
      {run.root_id && run.root_id !== parent?.id && <Fact name="First run of all"><Link to={page(run.root_id)}><code>{run.root_id}</code></Link></Fact>}
      {cost.runs > 1 && <Fact name="Work in all">{plural(cost.runs, "run")}, {plural(cost.steps, "step")}, {plural(cost.items, "item")}, {formatDuration(cost.run_ms)}</Fact>}
      {run.notice && <Fact name="Notice">{run.notice}</Fact>}
    </>
  );
}
