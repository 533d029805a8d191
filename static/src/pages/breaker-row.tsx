import { Button } from "@blueprintjs/core";
import { Link } from "react-router-dom";
import { useNodeLook } from "../api/catalog";
import { useSetBreaker } from "../api/breakers";
import type { Breaker } from "../api/types";
import { formatTime, plural } from "../lib/format";
import { hostText } from "../lib/breakers";
import { NodeTile } from "../panels/node-tile";
import { ProblemCallout } from "../panels/problem-callout";
import { StatusTag } from "../panels/status-tag";

function whyText({ by, state, why, scope }: Breaker) {
  const said = [by !== "" && `By ${by}`, why].filter(Boolean).join(": ");
  if (scope === "operator") return ["The operator’s, of all workspaces", said].filter(Boolean).join(". ");
  return said || (state === "closed" ? "Lets calls through" : "");
}

function probeText({ state, probe_at }: Breaker) {
  if (state === "probing") return "Under way";
  if (probe_at) return <time dateTime={probe_at}>{formatTime(probe_at)}</time>;
  return state === "open" ? "None: by hand" : "–";
}

export function BreakerRow({ breaker, workspace, mayWrite }: { breaker: Breaker; workspace: string; mayWrite: boolean }) {
  const close = useSetBreaker(workspace, "close");
  const reset = useSetBreaker(workspace, "reset");
  const look = useNodeLook(breaker.node_type);
  const host = hostText(breaker.host);
  const named = { node_type: breaker.node_type, host: breaker.host };
  const isOwn = breaker.scope === "workspace";

  return (
    <tr>
      <td data-label="Service" className="grows">
        <span className="row-head">
          <NodeTile type={breaker.node_type} />
          <span>
            <span className="row-title">{host}</span>
            <span className="row-note">{[look.title, whyText(breaker)].filter(Boolean).join(": ")}</span>
            {breaker.waiting.map((wait) => (
              <span className="row-note is-line" key={wait.workflow_id}>
                <Link to={`/w/${workspace}/executions?workflow_id=${wait.workflow_id}&status=waiting`}>{wait.workflow_name ?? wait.workflow_id}</Link>: {plural(wait.runs, "run")} waiting
              </span>
            ))}
          </span>
        </span>
        {close.isError && <ProblemCallout error={close.error} />}
        {reset.isError && <ProblemCallout error={reset.error} />}
      </td>
      <td data-label="State"><StatusTag status={`breaker_${breaker.state}`} /></td>
      <td data-label="Failures" className="number">{breaker.failures}</td>
      <td data-label="Next probe">{probeText(breaker)}</td>
      <td className="row-actions">
        {mayWrite && isOwn && breaker.state !== "closed" && (
          <Button size="small" loading={close.isPending} aria-label={`Close ${host}`} onClick={() => close.mutate(named)}>Close</Button>
        )}
        {mayWrite && isOwn && (
          <Button size="small" loading={reset.isPending} aria-label={`Reset ${host}`} onClick={() => reset.mutate(named)}>Reset</Button>
        )}
      </td>
    </tr>
  );
}
