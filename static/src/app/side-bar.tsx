import { Button, HTMLSelect } from "@blueprintjs/core";
import { Flash, LogOut, Moon } from "@blueprintjs/icons";
import { Link, NavLink, useNavigate } from "react-router-dom";
import { useSignOut } from "../api/session";
import type { Me } from "../api/types";
import { useTheme } from "../lib/theme";
import { Logo } from "./logo";
import { places } from "./places";

// Who, which workspace, where to. On a narrow screen it is a bar at the top.
export function SideBar({ me, workspace }: { me: Me; workspace: string }) {
  const signOut = useSignOut();
  const [theme, toggleTheme] = useTheme();
  const navigate = useNavigate();
  const themeLabel = theme === "dark" ? "Switch to light" : "Switch to dark";

  return (
    <header className="side-bar">
      <Link to="/" className="brand" aria-label="Tyboo Studio, start"><Logo /><span className="wide-only">Tyboo Studio</span></Link>
      {me.workspaces.length > 1 && (
        <HTMLSelect aria-label="Workspace" className="workspace-select" value={workspace} fill
          onChange={(event) => navigate(`/w/${event.target.value}/workflows`)}
          options={me.workspaces.map((entry) => ({ value: entry.slug, label: entry.name }))} />
      )}
      <nav aria-label="Main">
        {places.map((place) => (
          <NavLink key={place.to} to={`/w/${workspace}/${place.to}`} className="place" aria-label={place.label}>
            <place.icon size={16} /><span className="place-label">{place.label}</span>
          </NavLink>
        ))}
      </nav>
      <div className="side-foot">
        <span className="who wide-only" title={me.user.email}>{me.user.email}</span>
        <Button variant="minimal" icon={theme === "dark" ? <Flash /> : <Moon />} onClick={toggleTheme} aria-label={themeLabel} title={themeLabel} />
        <Button variant="minimal" icon={<LogOut />} aria-label="Sign out" title="Sign out" loading={signOut.isPending}
          onClick={() => signOut.mutate(undefined, { onSuccess: () => navigate("/sign-in") })} />
      </div>
    </header>
  );
}
