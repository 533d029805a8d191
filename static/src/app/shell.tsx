import { Alignment, Button, HTMLSelect, Navbar, NonIdealState, Spinner } from "@blueprintjs/core";
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigate, useParams } from "react-router-dom";
import { useMe, useSignOut } from "../api/session";
import { useTheme } from "../lib/theme";
import { ProblemCallout } from "../panels/problem-callout";
import { Logo } from "./logo";

const places = [
  { to: "workflows", label: "Workflows" },
  { to: "executions", label: "Executions" },
];

// The frame of every signed-in page: who, which workspace, where to.
export function Shell() {
  const me = useMe();
  const signOut = useSignOut();
  const [theme, toggleTheme] = useTheme();
  const { workspace = "" } = useParams();
  const navigate = useNavigate();
  const location = useLocation();

  if (me.isPending) return <Spinner className="page-spinner" aria-label="Loading" />;
  if (me.isError) return <main className="page"><ProblemCallout error={me.error} onRetry={() => void me.refetch()} /></main>;
  if (me.data === null) return <Navigate to={`/sign-in?next=${encodeURIComponent(location.pathname)}`} replace />;

  const known = me.data.workspaces.some((entry) => entry.slug === workspace);
  return (
    <>
      <Navbar className="top-bar">
        <Navbar.Group align={Alignment.START}>
          <Link to="/" className="brand" aria-label="Tyboo Studio, start"><Logo /><span className="wide-only">Tyboo Studio</span></Link>
          <nav aria-label="Main">
            {places.map((place) => (
              <NavLink key={place.to} to={`/w/${workspace}/${place.to}`} className="place">{place.label}</NavLink>
            ))}
          </nav>
        </Navbar.Group>
        <Navbar.Group align={Alignment.END}>
          {me.data.workspaces.length > 1 && (
            <HTMLSelect aria-label="Workspace" value={workspace} minimal
              onChange={(event) => navigate(`/w/${event.target.value}/workflows`)}
              options={me.data.workspaces.map((entry) => ({ value: entry.slug, label: entry.name }))} />
          )}
          <span className="quiet wide-only who">{me.data.user.email}</span>
          <Button variant="minimal" icon={theme === "dark" ? "flash" : "moon"} onClick={toggleTheme}
            aria-label={theme === "dark" ? "Switch to light" : "Switch to dark"} />
          <Button variant="minimal" icon="log-out" aria-label="Sign out" loading={signOut.isPending}
            onClick={() => signOut.mutate(undefined, { onSuccess: () => navigate("/sign-in") })} />
        </Navbar.Group>
      </Navbar>
      <main className="page">
        {known ? <Outlet /> : (
          <NonIdealState icon="search" title="No such workspace"
            description={`You are not a member of a workspace called “${workspace}”.`}
            action={<Link to="/">Go to your own</Link>} />
        )}
      </main>
    </>
  );
}
