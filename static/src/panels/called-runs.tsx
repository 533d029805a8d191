import { useState } from "react";
import { Link } from "react-router-dom";
import { useExecution } from "../api/executions";
import type { Execution, Step } from "../api/types";
import { formatDuration, plural } from "../lib/format";
import { frameOf, frameText, stepQuery } from "../lib/frames";
import { readGraph } from "../lib/graph";
import { ProblemCallout } from "./problem-callout";
import { StatusTag } from "./status-tag";

type Child = Execution["children"][number];

function CalledStep({ step, page, nameOf }: { step: Step; page: string; nameOf: (node: string) => string }) {
  return (
    <li className="called-step">
      <Link to={`${page}?${stepQuery(step)}`}>{step.name}</Link>
      {frameOf(step) && <span className="quiet">{frameText(frameOf(step), nameOf)}</span>}
      {(step.attempt ?? 1) > 1 && <span className="quiet">attempt {step.attempt}</span>}
      <StatusTag status={step.status} />
      <span className="quiet">{plural(step.items_out, "item")}, {formatDuration(step.duration_ms)}</span>
      {step.error && <span className="row-note is-bad">{step.error.message}</span>}
    </li>
  );
}

function CalledSteps({ id, workspace }: { id: string; workspace: string }) {
  const run = useExecution(workspace, id);

  if (run.isPending) return <p className="quiet">Its steps are loaded.</p>;
  if (run.isError) return <ProblemCallout error={run.error} onRetry={() => void run.refetch()} />;
  const { nodes } = readGraph(run.data.graph);
  const nameOf = (node: string) => nodes.find((entry) => entry.id === node)?.name ?? node;
  const page = `/w/${workspace}/executions/${id}`;
  return (
    <>
      {run.data.steps.length === 0 && <p className="quiet">No step has been recorded.</p>}
      <ol className="step-inner">
        {run.data.steps.map((step) => <CalledStep key={`${frameOf(step)}/${step.node}/${step.attempt ?? 1}`} step={step} page={page} nameOf={nameOf} />)}
      </ol>
      {run.data.steps_next != null && <p><Link to={page}>All its steps</Link></p>}
      <CalledRuns run={run.data} workspace={workspace} nameOf={nameOf} />
    </>
  );
}

function CalledRun({ child, workspace, nameOf }: { child: Child; workspace: string; nameOf: (node: string) => string }) {
  const [isOpen, setOpen] = useState(false);
  const name = child.workflow_name ?? "Deleted workflow";

  return (
    <li>
      <details className="step-frame" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{child.node ? nameOf(child.node) : "Error workflow"}: {name} <StatusTag status={child.status} /></summary>
        {isOpen && (
          <div className="called-inner">
            <Link to={`/w/${workspace}/executions/${child.id}`}>Open the run of {name}</Link>
            <CalledSteps id={child.id} workspace={workspace} />
          </div>
        )}
      </details>
    </li>
  );
}

// The runs that a run began, each with its steps and the runs that it began itself, loaded where they are opened.
export function CalledRuns({ run, workspace, nameOf }: { run: Execution; workspace: string; nameOf: (node: string) => string }) {
  if (run.children.length === 0) return null;
  return (
    <>
      <ul className="called-runs" aria-label="Runs that it began">
        {run.children.map((child) => <CalledRun key={child.id} child={child} workspace={workspace} nameOf={nameOf} />)}
      </ul>
      {run.child_count > run.children.length && <p><Link to={`/w/${workspace}/executions?parent_id=${run.id}`}>All {run.child_count}</Link></p>}
    </>
  );
}
