// How a node type looks: its word, icon and colour (one per category). A type that is not in the
// table shows its own name, so a new node needs no change here.

import type { ComponentType } from "react";
import {
  Antenna, ArrowRight, Code, Cube, Edit, Error as ErrorIcon, Filter, Flows, GitBranch, GitMerge, Globe, Hand, SendMessage,
  type SVGIconProps,
} from "@blueprintjs/icons";

export type IconComponent = ComponentType<SVGIconProps>;

export interface NodeLook {
  title: string;
  icon: IconComponent;
  category: "trigger" | "logic" | "data" | "code" | "network" | "other";
}

const looks: Record<string, NodeLook> = {
  "core.manual": { title: "Manual", icon: Hand, category: "trigger" },
  "core.webhook": { title: "Webhook", icon: Antenna, category: "trigger" },
  "core.if": { title: "If", icon: GitBranch, category: "logic" },
  "core.switch": { title: "Switch", icon: Flows, category: "logic" },
  "core.filter": { title: "Filter", icon: Filter, category: "logic" },
  "core.noop": { title: "No operation", icon: ArrowRight, category: "logic" },
  "core.stop_error": { title: "Stop with an error", icon: ErrorIcon, category: "logic" },
  "core.set": { title: "Set", icon: Edit, category: "data" },
  "core.merge": { title: "Merge", icon: GitMerge, category: "data" },
  "core.code": { title: "Code", icon: Code, category: "code" },
  "core.respond": { title: "Respond", icon: SendMessage, category: "network" },
  "http.request": { title: "HTTP request", icon: Globe, category: "network" },
};

export function nodeLook(type: string): NodeLook {
  return looks[type] ?? { title: type, icon: Cube, category: "other" };
}
