import { Spinner } from "@blueprintjs/core";
import { People } from "@blueprintjs/icons";
import { Navigate } from "react-router-dom";
import { useMe } from "../api/session";
import { EmptyState } from "../panels/empty-state";
import { ProblemCallout } from "../panels/problem-callout";

// No page of its own: to the first workspace, or to the sign-in.
export function HomePage() {
  const me = useMe();

  if (me.isPending) return <Spinner className="page-spinner" aria-label="Loading" />;
  if (me.isError) return <main className="page"><ProblemCallout error={me.error} onRetry={() => void me.refetch()} /></main>;
  if (me.data === null) return <Navigate to="/sign-in" replace />;
  const first = me.data.workspaces[0];
  if (first === undefined) {
    return (
      <main className="page">
        <EmptyState icon={People} title="You are in no workspace yet">Ask an owner of a workspace to add you.</EmptyState>
      </main>
    );
  }
  return <Navigate to={`/w/${first.slug}/workflows`} replace />;
}
