import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Pause, Trash } from "@blueprintjs/icons";
import { useCancelQueued, useSetPaused } from "../api/pauses";
import type { WorkflowSummary } from "../api/types";
import { plural } from "../lib/format";
import { ProblemCallout } from "../panels/problem-callout";

interface Props {
  workflow: WorkflowSummary;
  workspace: string;
}

// Pause, or go on; while it is paused, what waits can be canceled, which asks once more.
export function WorkflowPause({ workflow, workspace }: Props) {
  const setPaused = useSetPaused(workspace, workflow.id);
  const cancel = useCancelQueued(workspace, workflow.id);
  const [isSure, setSure] = useState(false);
  const isPaused = workflow.paused_at !== null;

  return (
    <>
      {isPaused && (
        <Button icon={<Trash size={14} />} size="small" intent={isSure ? "danger" : "none"} loading={cancel.isPending}
          aria-label={`${isSure ? "Really cancel" : "Cancel"} what waits for ${workflow.name}`}
          onClick={() => (isSure ? cancel.mutate(undefined, { onSettled: () => setSure(false) }) : setSure(true))}>
          {isSure ? "Really cancel" : "Cancel what waits"}
        </Button>
      )}
      <Button icon={<Pause size={14} />} size="small" loading={setPaused.isPending} aria-pressed={isPaused}
        aria-label={`${isPaused ? "Go on with" : "Pause"} ${workflow.name}`} onClick={() => setPaused.mutate(!isPaused)}>
        {isPaused ? "Go on" : "Pause"}
      </Button>
      {cancel.isSuccess && <div className="row-note" role="status">{plural(cancel.data.canceled, "run")} canceled</div>}
      {(setPaused.isError || cancel.isError) && <ProblemCallout error={setPaused.error ?? cancel.error} />}
    </>
  );
}
