import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { useNodeLook } from "../api/catalog";
import type { Step } from "../api/types";
import { formatDuration } from "../lib/format";
import { statusLook } from "../lib/status";
import { NodeTile } from "../panels/node-tile";

export type RunNodeData = { name: string; type: string; step?: Step; selected: boolean; narrow: boolean };
export type RunNode = Node<RunNodeData, "run">;

// A node as a card: what it is, and what it did in this run.
export function RunNodeView({ data }: NodeProps<RunNode>) {
  const { name, type, step, selected, narrow } = data;
  const kind = useNodeLook(type);
  const look = step && statusLook(step.status);
  const ran = step !== undefined && step.status !== "skipped";

  return (
    <button type="button" className={`canvas-node tone-${look?.tone ?? "calm"}${selected ? " is-selected" : ""}${ran ? "" : " is-idle"}`}
      aria-pressed={selected}>
      <Handle type="target" position={narrow ? Position.Top : Position.Left} isConnectable={false} />
      <NodeTile type={type} />
      <span className="canvas-node-text">
        <span className="canvas-node-name" title={name}>{name}</span>
        <span className="quiet">{kind.title}{ran && ` · ${formatDuration(step.duration_ms)}`}</span>
      </span>
      {look && <span className="canvas-node-badge"><look.icon size={14} title={look.label} /></span>}
      <Handle type="source" position={narrow ? Position.Bottom : Position.Right} isConnectable={false} />
    </button>
  );
}
