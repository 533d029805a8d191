import { Button } from "@blueprintjs/core";
import { Pause } from "@blueprintjs/icons";
import { useSetPaused, useWorkspacePause } from "../api/pauses";
import { useMay } from "../api/session";
import { plural } from "../lib/format";
import { ProblemCallout } from "../panels/problem-callout";
import { TimeAgo } from "../panels/time-ago";

// The button in the page's head, for who may.
export function WorkspacePauseButton({ workspace }: { workspace: string }) {
  const pause = useWorkspacePause(workspace);
  const setPaused = useSetPaused(workspace);
  const mayPause = useMay(workspace, "workspace.write");
  const isPaused = pause.data?.paused_at != null;

  if (!mayPause || !pause.isSuccess) return null;
  return (
    <Button icon={<Pause size={14} />} loading={setPaused.isPending} aria-pressed={isPaused} onClick={() => setPaused.mutate(!isPaused)}>
      {isPaused ? "Go on with all" : "Pause all"}
    </Button>
  );
}

export function WorkspacePauseNotice({ workspace }: { workspace: string }) {
  const pause = useWorkspacePause(workspace);

  if (pause.isError) return <ProblemCallout error={pause.error} onRetry={() => void pause.refetch()} />;
  if (pause.data?.paused_at == null) return null;
  return (
    <p className="notice" role="status">
      <Pause size={14} /> All workflows here are paused, since <TimeAgo at={pause.data.paused_at} />. What comes is kept: {plural(pause.data.queued, "run")} waiting.
    </p>
  );
}
