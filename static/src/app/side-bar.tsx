import { useEffect, useState } from "react";
import { Button, HTMLSelect } from "@blueprintjs/core";
import { Cross, Flash, LogOut, Menu, Moon } from "@blueprintjs/icons";
import { Link, NavLink, useLocation, useNavigate } from "react-router-dom";
import { useSignOut } from "../api/session";
import type { Me } from "../api/types";
import { useTheme } from "../lib/theme";
import { Logo } from "./logo";
import { places } from "./places";

// The person, the workspace and the navigation. On a narrow screen it is a bar at the top, whose menu has
// all that.
export function SideBar({ me, workspace }: { me: Me; workspace: string }) {
  const signOut = useSignOut();
  const [theme, toggleTheme] = useTheme();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const themeLabel = theme === "dark" ? "Switch to light" : "Switch to dark";

  // Close the menu once a place is chosen, so that the place is seen.
  useEffect(() => setOpen(false), [pathname]);
  return (
    <header className={isOpen ? "side-bar is-open" : "side-bar"} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <Link to="/" className="brand" aria-label="Tyboo Studio, start"><Logo />Tyboo Studio</Link>
      <Button className="menu-button" variant="minimal" icon={isOpen ? <Cross /> : <Menu />} aria-label="Menu" aria-expanded={isOpen} aria-controls="menu" onClick={() => setOpen(!isOpen)} />
      <div className="side-menu" id="menu">
        {me.workspaces.length > 1 && (
          <HTMLSelect aria-label="Workspace" className="workspace-select" value={workspace} fill
            onChange={(event) => navigate(`/w/${event.target.value}/workflows`)}
            options={me.workspaces.map((entry) => ({ value: entry.slug, label: entry.name }))} />
        )}
        <nav aria-label="Main">
          {places.map((place) => (
            <NavLink key={place.to} to={`/w/${workspace}/${place.to}`} className="place"><place.icon size={16} />{place.label}</NavLink>
          ))}
        </nav>
        <div className="side-foot">
          <span className="who" title={me.user.email}>{me.user.email}</span>
          <Button variant="minimal" icon={theme === "dark" ? <Flash /> : <Moon />} onClick={toggleTheme} aria-label={themeLabel} title={themeLabel} />
          <Button variant="minimal" icon={<LogOut />} aria-label="Sign out" title="Sign out" loading={signOut.isPending}
            onClick={() => signOut.mutate(undefined, { onSuccess: () => navigate("/sign-in") })} />
        </div>
      </div>
    </header>
  );
}
