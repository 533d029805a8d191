import { Button, Menu, MenuItem, Popover } from "@blueprintjs/core";
import { Play } from "@blueprintjs/icons";
import { useNavigate } from "react-router-dom";
import type { WorkflowSummary } from "../api/types";
import type { useRunByHand } from "../api/workflows";

// Starts a run; where several triggers may begin one, the reader chooses which.
export function RunButton({ workflow, workspace, run }: { workflow: Pick<WorkflowSummary, "id" | "name" | "triggers">; workspace: string; run: ReturnType<typeof useRunByHand> }) {
  const navigate = useNavigate();
  const live = workflow.triggers.filter((trigger) => trigger.live !== false && trigger.node);
  const start = (trigger?: string) =>
    run.mutate({ id: workflow.id, trigger }, { onSuccess: (done) => navigate(`/w/${workspace}/executions/${done.execution_id}`) });
  const button = { icon: <Play size={14} />, size: "small" as const, loading: run.isPending, "aria-label": `Run ${workflow.name}` };

  if (live.length < 2) return <Button {...button} onClick={() => start()}>Run</Button>;
  return (
    <Popover placement="bottom-end" content={
      <Menu>{live.map((trigger) => <MenuItem key={trigger.node} text={trigger.name ?? trigger.node} label={trigger.type} onClick={() => start(trigger.node ?? undefined)} />)}</Menu>
    }>
      <Button {...button}>Run</Button>
    </Popover>
  );
}
