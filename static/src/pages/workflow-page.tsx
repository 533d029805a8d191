import { useMemo, useState } from "react";
import { Button, Switch } from "@blueprintjs/core";
import { Duplicate, Edit, Search } from "@blueprintjs/icons";
import { Link, useNavigate, useParams } from "react-router-dom";
import { useHasTrigger, useTriggers } from "../api/catalog";
import { ApiError } from "../api/client";
import { useExecutions } from "../api/executions";
import { useMay } from "../api/session";
import type { Workflow } from "../api/types";
import { useDuplicate, useFindings, useRunByHand, useSetPublished, useVersions, useWorkflow } from "../api/workflows";
import { RunCanvas } from "../canvas/run-canvas";
import { formatTime } from "../lib/format";
import { readGraph } from "../lib/graph";
import { useTitle } from "../lib/title";
import { CopyButton } from "../panels/copy-button";
import { EmptyState } from "../panels/empty-state";
import { Fact } from "../panels/fact";
import { FindingList } from "../panels/finding-list";
import { LoadMore } from "../panels/load-more";
import { NodeSchedule } from "../panels/node-schedule";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { RunButton } from "../panels/run-button";
import { RunSkeleton } from "../panels/run-skeleton";
import { StatusTag } from "../panels/status-tag";
import { TimeAgo } from "../panels/time-ago";
import { WorkflowPart } from "../panels/workflow-part";

// State of the keys of the tokens' issuer.
function KeysOf({ keys }: { keys: NonNullable<Workflow["hooks"][number]["keys"]> }) {
  const words = {
    none: "not here yet: deliveries are kept until they come",
    fresh: "up to date",
    stale: "the last ones that came; they count for a day while their issuer is away",
    over: "too old: deliveries are kept until newer ones come",
  };

  return (
    <div className={keys.state === "fresh" ? "quiet" : undefined}>
      Keys of the issuer: {words[keys.state]}{keys.problem !== "" && <>. {keys.problem}</>}
    </div>
  );
}

function Addresses({ workflow, workspace }: { workflow: Workflow; workspace: string }) {
  const root = `${window.location.origin}/hooks/${workspace}/`;
  return (
    <>
      {workflow.hooks.map((hook) => (
        <div key={`${hook.method} ${hook.path}`}>
          <code>{hook.method} {root}{hook.path}</code>
          <CopyButton text={root + hook.path} label="Copy the address" />
          {hook.keys && <KeysOf keys={hook.keys} />}
        </div>
      ))}
    </>
  );
}

// Result of an expression that throws, in runs of the draft.
function throwsText(graph: Workflow["graph"]): string {
  const settings = (graph as { settings?: { expression_errors?: string | null } | null }).settings;
  return settings?.expression_errors === "undefined" ? "give nothing, and the run goes on with a notice" : "fail their item";
}

function WorkflowFacts({ workflow, workspace }: { workflow: Workflow; workspace: string }) {
  return (
    <dl className="facts">
      <Fact name="Saved"><time dateTime={workflow.updated_at}>{formatTime(workflow.updated_at)}</time></Fact>
      <Fact name="Draft">version {workflow.version}</Fact>
      <Fact name="On the air">{workflow.published_version == null ? "no" : `version ${workflow.published_version}`}</Fact>
      {workflow.hooks.length > 0 && <Fact name="Address"><Addresses workflow={workflow} workspace={workspace} /></Fact>}
      <Fact name="Expressions that throw">{throwsText(workflow.graph)}</Fact>
      <Fact name="Workflow"><code>{workflow.id}</code><CopyButton text={workflow.id} label="Copy the workflow's id" /></Fact>
    </dl>
  );
}

function Findings({ workflow, workspace }: { workflow: Workflow; workspace: string }) {
  const findings = useFindings(workspace, workflow);
  const errors = findings.filter((finding) => finding.severity === "error").length;

  if (findings.length === 0) return null;
  return (
    <section className="notes-box">
      <h2 className="section-title">{errors > 0 ? "The draft cannot be published yet" : "What to look at in the draft"}</h2>
      <FindingList findings={findings} />
    </section>
  );
}

function LastRuns({ workflow, workspace }: { workflow: Workflow; workspace: string }) {
  const runs = useExecutions(workspace, { workflow_id: workflow.id }).data?.pages[0]?.items.slice(0, 10) ?? [];

  return (
    <section>
      <h2 className="section-title">Last runs</h2>
      {runs.length === 0 && <p className="quiet">It never ran.</p>}
      <ul className="notes">{runs.map((run) => (
        <li key={run.id}><Link className="row-run" to={`/w/${workspace}/executions/${run.id}`}><StatusTag status={run.status} /><TimeAgo at={run.accepted_at} /></Link></li>
      ))}</ul>
      <p>
        <Link to={`/w/${workspace}/executions?workflow_id=${workflow.id}`}>All its runs</Link>, <Link to={`/w/${workspace}/deliveries?workflow_id=${workflow.id}`}>all its deliveries</Link>
      </p>
    </section>
  );
}

function Versions({ workflow, workspace }: { workflow: Workflow; workspace: string }) {
  const versions = useVersions(workspace, workflow.id);
  const rows = versions.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <section>
      <h2 className="section-title">Versions</h2>
      <ul className="notes">{rows.map((version) => (
        <li key={version.number}>Version {version.number}{version.published && ", on the air"} <span className="quiet">{formatTime(version.created_at)}{version.created_by && ` by ${version.created_by}`}</span></li>
      ))}</ul>
      <LoadMore {...versions} />
    </section>
  );
}

function WorkflowView({ workflow, workspace }: { workflow: Workflow; workspace: string }) {
  const setPublished = useSetPublished(workspace);
  const run = useRunByHand(workspace);
  const duplicate = useDuplicate(workspace);
  const graph = useMemo(() => readGraph(workflow.graph), [workflow.graph]);
  const triggers = useTriggers(graph.nodes);
  const mayRun = useMay(workspace, "workflow.run");
  const mayWrite = useMay(workspace, "workflow.write");
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string>();
  const node = graph.nodes.find((entry) => entry.id === chosen);
  const isScheduled = useHasTrigger(node?.type, "schedule");
  const failed = setPublished.error ?? run.error ?? duplicate.error;

  useTitle(workflow.name);
  return (
    <>
      <PageHeader title={workflow.name} above={<><Link to={`/w/${workspace}/workflows`}>Workflows</Link> / <span>Workflow</span></>}>
        <Switch checked={setPublished.isPending ? setPublished.variables.published : workflow.published} label="Published"
          disabled={setPublished.isPending} onChange={(event) => setPublished.mutate({ id: workflow.id, published: event.currentTarget.checked })} />
        {mayWrite && <Button size="small" icon={<Edit size={14} />} onClick={() => navigate(`/w/${workspace}/workflows/${workflow.id}/edit`)}>Edit</Button>}
        {mayWrite && <Button size="small" icon={<Duplicate size={14} />} loading={duplicate.isPending} onClick={() => duplicate.mutate(workflow, { onSuccess: (made) => navigate(`/w/${workspace}/workflows/${made.id}/edit`) })}>Duplicate</Button>}
        <RunButton workflow={{ ...workflow, triggers }} workspace={workspace} run={run} />
      </PageHeader>
      {failed && <ProblemCallout error={failed} />}
      <WorkflowFacts workflow={workflow} workspace={workspace} />
      <Findings workflow={workflow} workspace={workspace} />
      {graph.nodes.length > 0 && <RunCanvas graph={graph} steps={[]} selected={chosen} onSelect={setChosen} label="Graph of the workflow" />}
      {!node && graph.nodes.length > 0 && mayRun && <p className="quiet">Choose a node to run a part of the draft, or a schedule to see its next times.</p>}
      {node && isScheduled && <NodeSchedule key={node.id} workspace={workspace} document={workflow.graph} node={node} />}
      {node && <WorkflowPart workspace={workspace} workflow={workflow} graph={graph} node={node} onClose={() => setChosen(undefined)} />}
      <div className="two-columns">
        <LastRuns workflow={workflow} workspace={workspace} />
        <Versions workflow={workflow} workspace={workspace} />
      </div>
    </>
  );
}

export default function WorkflowPage() {
  const { workspace = "", id = "" } = useParams();
  const workflow = useWorkflow(workspace, id);

  if (workflow.isPending) return <RunSkeleton />;
  if (workflow.isError) {
    const missing = workflow.error instanceof ApiError && workflow.error.problem.status === 404;
    return (
      <>
        <PageHeader title="Workflow" above={<Link to={`/w/${workspace}/workflows`}>Workflows</Link>} />
        {missing ? (
          <EmptyState icon={Search} title="There is no such workflow" action={<Link to={`/w/${workspace}/workflows`}>All workflows</Link>}>
            It may have been deleted, or belong to another workspace.
          </EmptyState>
        ) : <ProblemCallout error={workflow.error} onRetry={() => void workflow.refetch()} />}
      </>
    );
  }
  return <WorkflowView workflow={workflow.data} workspace={workspace} />;
}
