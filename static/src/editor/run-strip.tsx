import { Button } from "@blueprintjs/core";
import { Cross, Lightbulb, Locate, Stop } from "@blueprintjs/icons";
import { Link } from "react-router-dom";
import type { LiveRun } from "../api/live-run";
import { errorPlace } from "../lib/error-place";
import { formatDuration, plural } from "../lib/format";
import { ProblemCallout } from "../panels/problem-callout";
import { StatusTag } from "../panels/status-tag";
import type { Editor } from "./actions";
import { nameOf, nodeOf } from "./document";

interface Props {
  editor: Editor;
  workspace: string;
  live: LiveRun;
  onGo: (node: string) => void;
  onClose: () => void;
}

// The run on the canvas: how it stands, what went wrong and where, and the way to stop it.
export function RunStrip({ editor, workspace, live, onGo, onClose }: Props) {
  const { run, steps, problem } = live;
  if (run === undefined) return problem ? <section className="run-strip" aria-label="Last run"><ProblemCallout error={problem} /><Button size="small" variant="minimal" icon={<Cross size={14} />} aria-label="Take the run off the canvas" onClick={onClose} /></section> : null;
  const failed = nodeOf(editor.state.document, run.error?.node ?? "");
  const ran = steps.filter((step) => step.status !== "skipped").length;
  return (
    <section className="run-strip" aria-label="Last run">
      <span role="status"><StatusTag status={run.status} /></span>
      <span className="quiet">{plural(ran, "step")}{run.duration_ms != null && `, ${formatDuration(run.duration_ms)}`}</span>
      {editor.isRunning && <Button size="small" intent="danger" icon={<Stop size={14} />} onClick={editor.cancel}>Stop</Button>}
      <Link to={`/w/${workspace}/executions/${run.id}`}>Open the run</Link>
      <Button size="small" variant="minimal" icon={<Cross size={14} />} aria-label="Take the run off the canvas" onClick={onClose} />
      {run.error && (
        <div className="run-error">
          <p><strong>{run.error.message}</strong></p>
          <p className="quiet">{errorPlace(run.error, failed && nameOf(failed)).join(" · ")}</p>
          {run.error.hint && <p className="error-hint"><Lightbulb size={14} />{run.error.hint}</p>}
          {failed && <Button size="small" icon={<Locate size={14} />} onClick={() => onGo(failed.id)}>Go to {nameOf(failed)}</Button>}
        </div>
      )}
    </section>
  );
}
