import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Edit } from "@blueprintjs/icons";
import { useNavigate } from "react-router-dom";
import { isFinished } from "../api/executions";
import { useMay } from "../api/session";
import type { Execution, Step } from "../api/types";
import { useRunPart } from "../api/workflows";
import { formatTime } from "../lib/format";
import type { Graph } from "../lib/graph";
import { parts } from "../lib/parts";
import { PartForm } from "./part-form";
import { ProblemCallout } from "./problem-callout";

interface Props {
  workspace: string;
  run: Execution;
  step: Step;
  graph: Graph;
}

// Run a part around the step's node: at once on what this run recorded, or by a form on other data.
export function RunPart({ workspace, run, step, graph }: Props) {
  const part = useRunPart(workspace, run.workflow_id);
  const navigate = useNavigate();
  const mayRun = useMay(workspace, "workflow.run");
  const [isOpen, setOpen] = useState(false);
  const version = run.version ?? 0;
  const isInLoop = Boolean(step.frame);

  if (!mayRun || !isFinished(run.status) || !run.workflow_id) return null;
  return (
    <>
      <div className="part-buttons">
        {parts.filter((entry) => entry.inLoops || !isInLoop).map(({ kind, label, text, icon: Icon }) => (
          <Button key={kind} size="small" icon={<Icon size={14} />} title={`${text} Calls are made again.`} disabled={part.isPending}
            loading={part.isPending && part.variables.kind === kind}
            onClick={() => part.mutate({ kind, node: step.node, version, source: run.id }, { onSuccess: (started) => navigate(`/w/${workspace}/executions/${started.execution_id}`) })}>
            {label}
          </Button>
        ))}
        <Button size="small" icon={<Edit size={14} />} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>On other data…</Button>
      </div>
      {part.isError && <ProblemCallout error={part.error} />}
      {isOpen && (
        <PartForm workspace={workspace} workflow={run.workflow_id} node={{ id: step.node, name: step.name }} graph={graph} isInLoop={isInLoop}
          sources={[{ value: run.id, label: `This run, ${formatTime(run.accepted_at)}` }]}
          versions={[...(version > 0 ? [{ value: String(version), label: `Version ${version}, which ran` }] : []), { value: "0", label: "The draft" }]} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
