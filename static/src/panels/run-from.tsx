import { Button } from "@blueprintjs/core";
import { StepForward } from "@blueprintjs/icons";
import { useNavigate } from "react-router-dom";
import { isFinished, useRunFrom } from "../api/executions";
import { useMay } from "../api/session";
import type { Execution, Step } from "../api/types";
import { ProblemCallout } from "./problem-callout";

interface Props {
  workspace: string;
  run: Execution;
  step: Step;
}

// Run the step's node and all behind it again; what lies before is taken of this run.
export function RunFrom({ workspace, run, step }: Props) {
  const from = useRunFrom(workspace);
  const navigate = useNavigate();
  const mayRun = useMay(workspace, "workflow.run");

  if (!mayRun || !isFinished(run.status) || step.frame || !run.workflow_id) return null;
  return (
    <>
      <Button size="small" icon={<StepForward />} loading={from.isPending} title="Runs this node and all behind it; calls are made again"
        onClick={() => from.mutate({ run, node: step.node }, { onSuccess: (started) => navigate(`/w/${workspace}/executions/${started.execution_id}`) })}>
        Run from here
      </Button>
      {from.isError && <ProblemCallout error={from.error} />}
    </>
  );
}
