import { HotkeysProvider } from "@blueprintjs/core";
import { ReactFlowProvider } from "@xyflow/react";
import { Link, useParams } from "react-router-dom";
import { useWorkflow } from "../api/workflows";
import { readDocument } from "../editor/document";
import { EditorView } from "../editor/editor-view";
import { EmptyState } from "../panels/empty-state";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { RunSkeleton } from "../panels/run-skeleton";
import { Code } from "@blueprintjs/icons";
import "../editor/editor.css";

export default function EditorPage() {
  const { workspace = "", id = "" } = useParams();
  const workflow = useWorkflow(workspace, id);
  const back = <Link to={`/w/${workspace}/workflows/${id}`}>Workflow</Link>;

  if (workflow.isPending) return <RunSkeleton />;
  if (workflow.isError) return <><PageHeader title="Editor" above={back} /><ProblemCallout error={workflow.error} onRetry={() => void workflow.refetch()} /></>;
  if (readDocument(workflow.data.graph) === undefined) {
    return (
      <>
        <PageHeader title={workflow.data.name} above={back} />
        <EmptyState icon={Code} title="This draft cannot be drawn" action={back}>Its nodes or edges have no form that a canvas shows: two nodes with one id, say. Mend it through the API or <code>tybooctl workflow import</code>.</EmptyState>
      </>
    );
  }
  return <ReactFlowProvider><HotkeysProvider><EditorView key={id} workspace={workspace} workflow={workflow.data} /></HotkeysProvider></ReactFlowProvider>;
}
