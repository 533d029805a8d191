import { Switch } from "@blueprintjs/core";
import { Link } from "react-router-dom";
import { useNodeLook } from "../api/catalog";
import type { WorkflowSummary } from "../api/types";
import { useRunByHand, useSetPublished } from "../api/workflows";
import { plural } from "../lib/format";
import { NodeTile } from "../panels/node-tile";
import { ProblemCallout } from "../panels/problem-callout";
import { RunButton } from "../panels/run-button";
import { StatusTag } from "../panels/status-tag";
import { TimeAgo } from "../panels/time-ago";
import { WorkflowPause } from "./workflow-pause";

// Trigger of the workflow: its address where it has one.
function TriggerText({ triggers }: { triggers: WorkflowSummary["triggers"] }) {
  const first = triggers[0];
  const look = useNodeLook(first?.type ?? "");
  if (first === undefined) return <>No trigger</>;
  return <>{first.path ? `${first.method ?? "POST"} /${first.path}` : look.title}{triggers.length > 1 && ` and ${triggers.length - 1} more`}</>;
}

export function WorkflowRow({ workflow, workspace, mayPublish }: { workflow: WorkflowSummary; workspace: string; mayPublish: boolean }) {
  const setPublished = useSetPublished(workspace);
  const run = useRunByHand(workspace);
  const last = workflow.last_execution;

  return (
    <tr>
      <td data-label="Name" className="grows">
        <div className="row-head">
          <NodeTile type={workflow.triggers[0]?.type ?? ""} />
          <div>
            <Link to={`/w/${workspace}/workflows/${workflow.id}`} className="row-title">{workflow.name}</Link>
            {workflow.paused_at !== null && <StatusTag status="paused" />}
            <div className="row-note"><TriggerText triggers={workflow.triggers} /> · {plural(workflow.node_count, "node")}</div>
          </div>
        </div>
        {(setPublished.isError || run.isError) && <ProblemCallout error={setPublished.error ?? run.error} />}
      </td>
      <td data-label="Last run">
        {last ? (
          <Link to={`/w/${workspace}/executions/${last.id}`} className="row-run">
            <span className="hidden-text">Last run of {workflow.name}:</span><StatusTag status={last.status} />{last.finished_at && <span className="quiet"><TimeAgo at={last.finished_at} /></span>}
          </Link>
        ) : <span className="quiet">Never ran</span>}
      </td>
      <td data-label="Saved">
        <span className="row-run"><TimeAgo at={workflow.updated_at} /><span className="quiet">version {workflow.version}</span></span>
      </td>
      <td data-label="Published">
        <Switch checked={setPublished.isPending ? setPublished.variables.published : workflow.published}
          disabled={setPublished.isPending} aria-label={`Publish ${workflow.name}`}
          onChange={(event) => setPublished.mutate({ id: workflow.id, published: event.currentTarget.checked })} />
      </td>
      <td className="row-actions">
        {mayPublish && <WorkflowPause workflow={workflow} workspace={workspace} />}
        <RunButton workflow={workflow} workspace={workspace} run={run} />
      </td>
    </tr>
  );
}
