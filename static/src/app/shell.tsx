import { Spinner } from "@blueprintjs/core";
import { People } from "@blueprintjs/icons";
import { Link, Navigate, Outlet, useLocation, useParams } from "react-router-dom";
import { useMe } from "../api/session";
import { EmptyState } from "../panels/empty-state";
import { ProblemCallout } from "../panels/problem-callout";
import { SideBar } from "./side-bar";

// The frame of every signed-in page.
export function Shell() {
  const me = useMe();
  const { workspace = "" } = useParams();
  const location = useLocation();

  if (me.isPending) return <Spinner className="page-spinner" aria-label="Loading" />;
  if (me.isError) return <main className="page"><ProblemCallout error={me.error} onRetry={() => void me.refetch()} /></main>;
  if (me.data === null) return <Navigate to={`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`} replace />;

  const known = me.data.workspaces.some((entry) => entry.slug === workspace);
  return (
    <div className="shell">
      <a href="#main" className="skip-link">Skip to the content</a>
      <SideBar me={me.data} workspace={workspace} />
      <main id="main" className="page" tabIndex={-1}>
        {known ? <Outlet /> : (
          <EmptyState icon={People} title="No such workspace" action={<Link to="/">Go to your own</Link>}>
            You are not a member of a workspace called “{workspace}”.
          </EmptyState>
        )}
      </main>
    </div>
  );
}
