// Targets of the main navigation.

import { Calendar, Dashboard, Database, Envelope, Flows, History, Inbox, Key, Offline, Variable } from "@blueprintjs/icons";
import type { IconComponent } from "../lib/nodes";

export const places: { to: string; label: string; icon: IconComponent }[] = [
  { to: "workflows", label: "Workflows", icon: Flows },
  { to: "executions", label: "Executions", icon: History },
  { to: "deliveries", label: "Deliveries", icon: Inbox },
  { to: "dead-letters", label: "Dead letters", icon: Envelope },
  { to: "schedules", label: "Schedules", icon: Calendar },
  { to: "credentials", label: "Credentials", icon: Key },
  { to: "variables", label: "Variables", icon: Variable },
  { to: "state", label: "State", icon: Database },
  { to: "breakers", label: "Breakers", icon: Offline },
  { to: "limits", label: "Limits", icon: Dashboard },
];
