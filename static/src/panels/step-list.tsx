import type { Step } from "../api/types";
import { formatDuration, plural } from "../lib/format";
import { statusLook } from "../lib/status";
import { NodeTile } from "./node-tile";

interface Props {
  steps: Step[];
  selected: string | undefined;
  onSelect: (node: string) => void;
}

// Every step in the order it ran, each with its place on the run's own time line.
export function StepList({ steps, selected, onSelect }: Props) {
  const first = Math.min(...steps.map((step) => step.started_ms));
  const span = Math.max(1, ...steps.map((step) => step.started_ms + step.duration_ms - first));

  return (
    <ol className="step-list" aria-label="Steps">
      {steps.map((step, index) => {
        const look = statusLook(step.status);
        const ran = step.status !== "skipped";
        const start = Math.min(98, ((step.started_ms - first) / span) * 100);
        const width = Math.max(2, Math.min(100 - start, (step.duration_ms / span) * 100));
        return (
          <li key={`${step.node}-${index}`}>
            <button type="button" className={`step tone-${look.tone}${step.node === selected ? " is-selected" : ""}${ran ? "" : " is-idle"}`}
              aria-current={step.node === selected ? "true" : undefined} onClick={() => onSelect(step.node)}>
              <NodeTile type={step.type} size={14} />
              <span className="step-name">{step.name}</span>
              <span className="step-status"><look.icon size={14} title={look.label} /></span>
              <span className="quiet">{ran ? plural(step.items_out, "item") : "Skipped"}{step.failed ? `, ${step.failed} failed` : ""}</span>
              <span className="quiet step-time">{ran ? formatDuration(step.duration_ms) : ""}</span>
              <span className="step-bar">{ran && <span style={{ marginInlineStart: `${start}%`, width: `${width}%` }} />}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
