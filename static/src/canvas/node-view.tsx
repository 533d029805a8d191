import { useEffect, useRef, type ComponentType, type CSSProperties } from "react";
import "@xyflow/react/dist/base.css";
import { Handle, Position, useUpdateNodeInternals, type Node, type NodeProps } from "@xyflow/react";
import { Add, type SVGIconProps } from "@blueprintjs/icons";
import { useNodeLook } from "../api/catalog";
import type { Port, Step } from "../api/types";
import { formatDuration, plural } from "../lib/format";
import type { Ports } from "../lib/ports";
import { statusLook } from "../lib/status";
import { NodeTile } from "../panels/node-tile";

export interface Badge {
  label: string;
  icon: ComponentType<SVGIconProps>;
  tone: "bad" | "warn" | "calm" | "pin";
}

export type NodeViewData = Ports & {
  name: string;
  type: string;
  step?: Step;
  selected: boolean;
  narrow: boolean; // from top to bottom
  badges?: Badge[];
  disabled?: boolean;
  loose?: string[]; // outputs that lead nowhere
  onAdd?: (output: string) => void; // the node is edited: a loose output offers what comes behind it
};
export type ViewNode = Node<NodeViewData, "node">;

// Position of the nth of several ports on its side. Ports are hidden from those who listen, because their
// titles would stand in the card's name.
function placeOf(index: number, count: number, narrow: boolean): CSSProperties {
  const part = `${((index + 1) / (count + 1)) * 100}%`;
  return narrow ? { left: part } : { top: part };
}

function InputPort({ port, index, count, narrow, isEdited }: { port: Port; index: number; count: number; narrow: boolean; isEdited: boolean }) {
  return (
    <>
      <Handle type="target" id={port.name} position={narrow ? Position.Top : Position.Left} style={placeOf(index, count, narrow)} isConnectable={isEdited} title={port.label} aria-hidden="true" />
      {count > 1 && !narrow && <span className="port-label is-input" style={placeOf(index, count, narrow)} aria-hidden="true">{port.label}</span>}
    </>
  );
}

function OutputPort({ port, index, data }: { port: Port; index: number; data: NodeViewData }) {
  const { narrow, onAdd, outputs, loose = [], name } = data;
  const place = placeOf(index, outputs.length, narrow);
  return (
    <>
      <Handle type="source" id={port.name} position={narrow ? Position.Bottom : Position.Right} style={place} isConnectable={onAdd !== undefined} title={port.label} aria-hidden="true" />
      {outputs.length > 1 && !narrow && <span className="port-label is-output" style={place} aria-hidden="true">{port.label}</span>}
      {onAdd && loose.includes(port.name) && (
        <button type="button" className="port-add nodrag nopan" style={place} aria-label={`Add a node behind ${name}${outputs.length > 1 ? `, ${port.label}` : ""}`} onClick={(event) => { event.stopPropagation(); onAdd(port.name); }}>
          <Add size={12} />
        </button>
      )}
    </>
  );
}

function subtitle(title: string, step: Step | undefined): string {
  if (step === undefined || step.status === "skipped") return title;
  if (step.error) return step.error.message || title;
  return `${title} · ${step.items_out > 0 ? plural(step.items_out, "item") : formatDuration(step.duration_ms)}`;
}

// A node as a card, on a draft's canvas and a run's: what it is, its ports, what it did, and what a person should know of it.
export function NodeView({ id, data }: NodeProps<ViewNode>) {
  const { name, type, step, selected, narrow, inputs, outputs, onAdd, badges = [], disabled = false } = data;
  const kind = useNodeLook(type);
  const refresh = useUpdateNodeInternals();
  const look = step && statusLook(step.status);
  const isIdle = (step === undefined && !onAdd) || step?.status === "skipped" || disabled;
  const ports = JSON.stringify([inputs, outputs]);
  const Card = onAdd ? "div" : "button";
  const rows = narrow ? 0 : Math.max(inputs.length, outputs.length);

  // Measure ports anew where others come, because edges are drawn to where they were. (Not at first: the
  // canvas measures all nodes at once then, and fits what it has measured.)
  const drawn = useRef(ports);
  useEffect(() => {
    if (drawn.current !== ports) refresh(id);
    drawn.current = ports;
  }, [refresh, id, ports]);
  return (
    <Card {...(onAdd ? {} : { type: "button", "aria-pressed": selected })} style={rows > 1 ? { minHeight: (rows + 1) * 26 } : undefined}
      className={`canvas-node tone-${look?.tone ?? "calm"}${selected ? " is-selected" : ""}${isIdle ? " is-idle" : ""}${outputs.length > 1 && !narrow ? " has-ports" : ""}${badges.some((badge) => badge.tone === "bad") ? " is-bad" : ""}`}>
      {inputs.map((port, index) => <InputPort key={port.name} port={port} index={index} count={inputs.length} narrow={narrow} isEdited={onAdd !== undefined} />)}
      <NodeTile type={type} />
      <span className="canvas-node-text">
        <span className="canvas-node-name">{name}</span>
        <span className={step?.error ? "canvas-node-error" : "quiet"} title={step?.error ? [step.error.message, step.error.hint].filter(Boolean).join(". ") : undefined}>{subtitle(kind.title, step)}</span>
      </span>
      {badges.map((badge) => <span key={badge.label} className={`canvas-node-badge tone-${badge.tone}`}><badge.icon size={14} title={badge.label} /></span>)}
      {look && <span className="canvas-node-badge"><look.icon size={14} title={look.label} /></span>}
      {outputs.map((port, index) => <OutputPort key={port.name} port={port} index={index} data={data} />)}
    </Card>
  );
}
