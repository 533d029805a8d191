// How a node type looks: its word and kind come from the catalog, its icon from the table below. A new
// type has the icon of its kind, so it needs no change here.

import type { ComponentType } from "react";
import {
  Antenna, ArrowRight, Code, Cube, Edit, Error as ErrorIcon, Filter, Flash, Flows, GitBranch, GitMerge, Globe, Hand, SendMessage,
  type SVGIconProps,
} from "@blueprintjs/icons";

export type IconComponent = ComponentType<SVGIconProps>;

export interface NodeLook {
  title: string;
  kind: string;
  icon: IconComponent;
}

const icons: Record<string, IconComponent> = {
  "core.manual": Hand,
  "core.webhook": Antenna,
  "core.if": GitBranch,
  "core.switch": Flows,
  "core.filter": Filter,
  "core.noop": ArrowRight,
  "core.stop_error": ErrorIcon,
  "core.set": Edit,
  "core.merge": GitMerge,
  "core.code": Code,
  "core.respond": SendMessage,
  "http.request": Globe,
};

const kindIcons: Record<string, IconComponent> = { trigger: Flash, logic: GitBranch, data: Edit, code: Code, network: Globe };

export function nodeLook(type: string, entry?: { title: string; category: string }): NodeLook {
  const kind = entry !== undefined && entry.category in kindIcons ? entry.category : "other";
  return { title: entry?.title ?? type, kind, icon: icons[type] ?? kindIcons[kind] ?? Cube };
}
