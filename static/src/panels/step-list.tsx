import { Icon } from "@blueprintjs/core";
import type { Step } from "../api/types";
import { formatDuration } from "../lib/format";
import { statusLook } from "../lib/status";

interface Props {
  steps: Step[];
  selected: string | undefined;
  onSelect: (node: string) => void;
}

function countOut(step: Step): number {
  return Object.values(step.items_out ?? {}).reduce((sum, count) => sum + count, 0);
}

// Every step in the order it ran: status, items in and out, time.
export function StepList({ steps, selected, onSelect }: Props) {
  return (
    <ol className="step-list" aria-label="Steps">
      {steps.map((step, index) => {
        const look = statusLook(step.status);
        return (
          <li key={`${step.node}-${index}`}>
            <button type="button" className={step.node === selected ? "step is-selected" : "step"} aria-current={step.node === selected}
              onClick={() => onSelect(step.node)}>
              <Icon icon={look.icon} intent={look.intent} title={look.label} />
              <span className="step-name">{step.name}<small className="quiet">{step.type}</small></span>
              <span className="step-figures">
                <span>{step.items_in} → {countOut(step)}</span>
                <small className="quiet">{formatDuration(step.duration_ms)}</small>
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
