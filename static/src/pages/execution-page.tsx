import { useMemo, useState } from "react";
import { Button } from "@blueprintjs/core";
import { Edit, Inbox, LabTest, Repeat, Search, Stop, Time } from "@blueprintjs/icons";
import { Link, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useIsReplay } from "../api/catalog";
import { ApiError } from "../api/client";
import { isFinished, useCancel, useExecution, useMoreSteps, useReplay } from "../api/executions";
import { useMay } from "../api/session";
import type { Execution, Step } from "../api/types";
import { RunCanvas } from "../canvas/run-canvas";
import { attemptOf, frameOf, seenFrom, stepQuery } from "../lib/frames";
import { readGraph } from "../lib/graph";
import { statusLook } from "../lib/status";
import { useTitle } from "../lib/title";
import { CalledRuns } from "../panels/called-runs";
import { CrashList } from "../panels/crash-list";
import { EmptyState } from "../panels/empty-state";
import { ErrorPanel } from "../panels/error-panel";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { ReplayForm } from "../panels/replay-form";
import { ReplayVerdict } from "../panels/replay-verdict";
import { RerunForm } from "../panels/rerun-form";
import { RunFacts } from "../panels/run-facts";
import { RunReplays } from "../panels/run-replays";
import { RunSkeleton } from "../panels/run-skeleton";
import { StatusTag } from "../panels/status-tag";
import { StepDetail } from "../panels/step-detail";
import { StepList } from "../panels/step-list";

type Form = "rerun" | "verdict";

function RunActions({ run, workspace, onOpen }: { run: Execution; workspace: string; onOpen: (form: Form) => void }) {
  const cancel = useCancel(workspace);
  const replay = useReplay(workspace);
  const navigate = useNavigate();
  const mayReplay = useMay(workspace, "delivery.replay");
  const mayRun = useMay(workspace, "workflow.run");
  const isReplay = useIsReplay(run.mode);
  const again = () =>
    replay.mutate(run.id, { onSuccess: (done) => navigate(`/w/${workspace}/executions/${done.execution_id}`) });

  return (
    <>
      {isFinished(run.status) ? (
        <>
          {mayRun && !isReplay && <Button icon={<LabTest />} onClick={() => onOpen("verdict")}>Replay without effects…</Button>}
          {mayReplay && <Button icon={<Edit />} onClick={() => onOpen("rerun")}>Run again with…</Button>}
          <Button icon={<Repeat />} loading={replay.isPending} onClick={again}>Run again</Button>
        </>
      ) : (
        <Button icon={<Stop />} intent="danger" loading={cancel.isPending} onClick={() => cancel.mutate(run.id)}>Cancel</Button>
      )}
      {(cancel.isError || replay.isError) && <ProblemCallout error={cancel.error ?? replay.error} />}
    </>
  );
}

const statusTitles: Record<string, string> = { queued: "Waiting for a worker", waiting: "Put down until its wait is over" };

function NoSteps({ run }: { run: Execution }) {
  if (isFinished(run.status)) return <EmptyState icon={Inbox} title="No steps were recorded" />;
  return (
    <EmptyState icon={run.status === "queued" ? Inbox : Time} title={statusTitles[run.status] ?? "Still running"}>
      {run.status === "waiting" ? "It takes up no worker until then." : "Steps appear here as they end, once the run lasts a second."} This page watches it.
    </EmptyState>
  );
}

function Run({ run, workspace }: { run: Execution; workspace: string }) {
  const graph = useMemo(() => readGraph(run.graph), [run.graph]);
  const [params, setParams] = useSearchParams();
  const isReplay = useIsReplay(run.mode);
  const [form, setForm] = useState<Form>();
  const more = useMoreSteps(workspace, run.id, run.steps_next);
  const steps = useMemo(() => [...run.steps, ...(more.data?.pages.flatMap((page) => page.items) ?? [])], [run.steps, more.data]);
  // Open the step that a reader looks for first: the one that failed, else the last that did something.
  const fallback = steps.find((step) => step.error) ?? steps.filter((step) => step.status !== "skipped").at(-1);
  const step = steps.find((entry) => entry.node === params.get("step") && frameOf(entry) === (params.get("frame") ?? "") &&
    attemptOf(entry) === Number(params.get("attempt") ?? 1)) ?? fallback;
  const replay = params.get("verdict") ?? undefined;
  const choose = (next: Step) => setParams([...stepQuery(next), ...(replay ? [["verdict", replay] as [string, string]] : [])], { replace: true, preventScrollReset: true });
  const chooseReplay = (next: string | undefined) => setParams((before) => {
    before.delete("verdict");
    if (next) before.set("verdict", next);
    return before;
  }, { replace: true, preventScrollReset: true });
  const seen = useMemo(() => seenFrom(steps, step ? frameOf(step) : ""), [steps, step]);
  const chooseNode = (node: string) => {
    const found = seen.find((entry) => entry.node === node);
    if (found) choose(found);
  };
  const nameOf = (node: string) => graph.nodes.find((entry) => entry.id === node)?.name ?? node;
  // A step's own error is shown with the step; this is for what befell the run as a whole.
  const ownError = run.error && !steps.some((entry) => entry.error) ? run.error : null;

  useTitle(`${run.workflow_name ?? "Run"}: ${statusLook(run.status).label}`);
  return (
    <>
      <PageHeader title={<>{run.workflow_name ?? "Deleted workflow"} <StatusTag status={run.status} /></>}
        above={<><Link to={`/w/${workspace}/executions`}>Executions</Link> / <span>Run</span></>}>
        <RunActions run={run} workspace={workspace} onOpen={setForm} />
      </PageHeader>
      {form === "rerun" && <RerunForm execution={run.id} workspace={workspace} onClose={() => setForm(undefined)} />}
      {form === "verdict" && (
        <ReplayForm run={run} workspace={workspace} onClose={() => setForm(undefined)} onAsked={(asked) => { setForm(undefined); chooseReplay(asked); }} />
      )}
      {isReplay ? <ReplayVerdict replay={run.id} shownOn={run.id} workspace={workspace} nameOf={nameOf} />
        : isFinished(run.status) && <RunReplays run={run} workspace={workspace} chosen={replay} onChoose={chooseReplay} nameOf={nameOf} />}
      <RunFacts run={run} workspace={workspace} nameOf={nameOf} />
      {run.children.length > 0 && (
        <section className="notes-box" aria-label="Called runs">
          <h2 className="section-title">Runs that it began</h2>
          <CalledRuns run={run} workspace={workspace} nameOf={nameOf} />
        </section>
      )}
      <CrashList crashes={run.crashes} nameOf={nameOf} />
      {ownError && <ErrorPanel error={ownError} nodeName={steps.find((entry) => entry.node === ownError.node)?.name} />}
      {steps.length === 0 ? <NoSteps run={run} /> : (
        <>
          {graph.nodes.length > 0 && <RunCanvas graph={graph} steps={seen} selected={step?.node} onSelect={chooseNode} />}
          <div className="run-columns">
            <div>
              <StepList steps={steps} selected={step} onSelect={choose} />
              <LoadMore hasNextPage={more.data ? more.hasNextPage : run.steps_next != null} isFetchingNextPage={more.isFetching}
                fetchNextPage={more.data ? more.fetchNextPage : more.refetch} />
            </div>
            {step && <StepDetail workspace={workspace} run={run} step={step} graph={graph} steps={seen} />}
          </div>
        </>
      )}
    </>
  );
}

export default function ExecutionPage() {
  const { workspace = "", id = "" } = useParams();
  const execution = useExecution(workspace, id);

  if (execution.isPending) return <RunSkeleton />;
  if (execution.isError) {
    const missing = execution.error instanceof ApiError && execution.error.problem.status === 404;
    return (
      <>
        <PageHeader title="Run" above={<Link to={`/w/${workspace}/executions`}>Executions</Link>} />
        {missing ? (
          <EmptyState icon={Search} title="There is no such run" action={<Link to={`/w/${workspace}/executions`}>All executions</Link>}>
            It may have been removed after its retention time, or belong to another workspace.
          </EmptyState>
        ) : <ProblemCallout error={execution.error} onRetry={() => void execution.refetch()} />}
      </>
    );
  }
  return <Run key={execution.data.id} run={execution.data} workspace={workspace} />;
}
