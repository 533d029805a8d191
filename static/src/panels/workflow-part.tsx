import { isFinished, useExecutions } from "../api/executions";
import { useMay } from "../api/session";
import type { Workflow } from "../api/types";
import { formatTime } from "../lib/format";
import type { Graph, GraphNode } from "../lib/graph";
import { statusLook } from "../lib/status";
import { PartForm } from "./part-form";

interface Props {
  workspace: string;
  workflow: Workflow;
  graph: Graph;
  node: GraphNode;
  onClose: () => void;
}

// Run a part of the draft around the node that is chosen on its canvas.
export function WorkflowPart({ workspace, workflow, graph, node, onClose }: Props) {
  const mayRun = useMay(workspace, "workflow.run");
  const runs = useExecutions(workspace, { workflow_id: workflow.id });
  const name = node.name ?? node.id;
  const sources = (runs.data?.pages[0]?.items ?? []).filter((run) => isFinished(run.status))
    .map((run) => ({ value: run.id, label: `${statusLook(run.status).label}, ${formatTime(run.accepted_at)}${run.version == null ? "" : `, version ${run.version}`}` }));

  if (!mayRun || runs.isPending) return null;
  return (
    <section aria-label={`Node ${name}`}>
      <h2 className="section-title">{name}: run a part of the draft</h2>
      <PartForm key={node.id} workspace={workspace} workflow={workflow.id} node={{ id: node.id, name }} graph={graph} isInLoop={false}
        sources={sources} versions={[{ value: "0", label: "The draft" }]} onClose={onClose} />
    </section>
  );
}
