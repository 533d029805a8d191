// Look of a node type: its title, kind and the name of its icon come from its definition, by way of the
// catalog. No type is named here, so that a new one needs no change; an unknown icon gives way to its
// kind's.

import type { ComponentType } from "react";
import {
  Antenna, ArrowRight, BinaryNumber, Calculator, Calendar, Code, CodeBlock, Comparison, Compressed, Cube, CurlyBraces, Database, DiagramTree, Document, DocumentCode, Duplicate, Edit, Error as ErrorIcon, Filter, FlowLinear, Flash, Flows, Font,
  GitBranch, GitMerge, Globe, Hand, Issue, Key, Layers, LogIn, Markdown, Minimize, Regex, Repeat, SendMessage, SortAsc, Th, Time,
  type SVGIconProps,
} from "@blueprintjs/icons";

export type IconComponent = ComponentType<SVGIconProps>;

export interface NodeLook {
  title: string;
  kind: string;
  kindLabel?: string;
  icon: IconComponent;
}

// By the definition's icon (lib/nodes, a lucide name).
const icons: Record<string, IconComponent> = {
  "arrow-right": ArrowRight,
  "arrow-up-down": SortAsc,
  binary: BinaryNumber,
  braces: CurlyBraces,
  "calendar-clock": Calendar,
  code: Code,
  "code-xml": CodeBlock,
  "copy-x": Duplicate,
  database: Database,
  file: Document,
  "file-archive": Compressed,
  "file-code": DocumentCode,
  "file-text": Markdown,
  filter: Filter,
  fingerprint: Key,
  "git-compare": Comparison,
  "git-fork": Flows,
  globe: Globe,
  layers: Layers,
  "list-end": Minimize,
  "list-tree": DiagramTree,
  "log-in": LogIn,
  merge: GitMerge,
  "octagon-x": ErrorIcon,
  pencil: Edit,
  play: Hand,
  regex: Regex,
  repeat: Repeat,
  reply: SendMessage,
  sigma: Calculator,
  siren: Issue,
  split: GitBranch,
  table: Th,
  timer: Time,
  type: Font,
  webhook: Antenna,
  workflow: FlowLinear,
};

const kindIcons: Record<string, IconComponent> = { trigger: Flash, logic: GitBranch, data: Edit, code: Code, network: Globe };

export function nodeLook(type: string, entry?: { title: string; category: string; icon?: string }, kindLabel?: string): NodeLook {
  const kind = entry !== undefined && entry.category in kindIcons ? entry.category : "other";
  return { title: entry?.title ?? type, kind, kindLabel, icon: icons[entry?.icon ?? ""] ?? kindIcons[kind] ?? Cube };
}
