import { useState } from "react";
import { Button, NonIdealState, Spinner } from "@blueprintjs/core";
import { Link, useNavigate, useParams } from "react-router-dom";
import { isFinished, useCancel, useExecution, useReplay } from "../api/executions";
import { RunCanvas } from "../canvas/run-canvas";
import { formatDuration, formatTime, plural } from "../lib/format";
import { ErrorPanel } from "../panels/error-panel";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { StatusTag } from "../panels/status-tag";
import { StepDetail } from "../panels/step-detail";
import { StepList } from "../panels/step-list";

export function ExecutionPage() {
  const { workspace = "", id = "" } = useParams();
  const execution = useExecution(workspace, id);
  const cancel = useCancel(workspace);
  const replay = useReplay(workspace);
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string>();

  if (execution.isPending) return <Spinner className="page-spinner" aria-label="Loading" />;
  if (execution.isError) return <ProblemCallout error={execution.error} onRetry={() => void execution.refetch()} />;

  const run = execution.data;
  const steps = run.steps ?? [];
  // What a reader looks for first: the step that failed, else the last that did something.
  const fallback = steps.find((step) => step.error) ?? steps.filter((step) => step.status !== "skipped").at(-1);
  const step = steps.find((entry) => entry.node === chosen) ?? fallback;

  return (
    <>
      <PageHeader title={<>{run.workflow_name || "Deleted workflow"} <StatusTag status={run.status} /></>}>
        {isFinished(run.status) ? (
          <Button icon="repeat" loading={replay.isPending}
            onClick={() => replay.mutate(run.id, { onSuccess: (done) => navigate(`/w/${workspace}/executions/${done.execution_id}`) })}>
            Run again
          </Button>
        ) : (
          <Button icon="stop" intent="danger" loading={cancel.isPending} onClick={() => cancel.mutate(run.id)}>Cancel</Button>
        )}
      </PageHeader>
      <dl className="facts">
        <div><dt>Accepted</dt><dd>{formatTime(run.accepted_at)}</dd></div>
        <div><dt>Took</dt><dd>{run.duration_ms == null ? "–" : formatDuration(run.duration_ms)}</dd></div>
        <div><dt>Trigger</dt><dd>{run.mode}</dd></div>
        <div><dt>Did</dt><dd>{plural(run.step_count, "step")}, {plural(run.item_count, "item")}</dd></div>
        <div><dt>Id</dt><dd><code>{run.id}</code></dd></div>
      </dl>
      {(cancel.isError || replay.isError) && <ProblemCallout error={cancel.error ?? replay.error} />}
      {run.error && <ErrorPanel error={run.error} />}
      {steps.length === 0 ? (
        <NonIdealState icon={run.status === "queued" ? "inbox" : "refresh"}
          title={isFinished(run.status) ? "No steps were recorded" : "Nothing to show yet"}
          description={isFinished(run.status) ? undefined : "The steps appear here when the run is over. This page watches it."}
          action={<Link to={`/w/${workspace}/executions`}>All executions</Link>} />
      ) : (
        <>
          {run.graph != null && <RunCanvas graph={run.graph} steps={steps} selected={step?.node} onSelect={setChosen} />}
          <div className="run-columns">
            <StepList steps={steps} selected={step?.node} onSelect={setChosen} />
            {step && <StepDetail workspace={workspace} execution={run.id} step={step} />}
          </div>
        </>
      )}
    </>
  );
}
