import type { Step } from "../api/types";
import { formatDuration, plural } from "../lib/format";
import { attemptOf, countSteps, frameOf, hasFailed, isSame, nest, type Entry, type Frame } from "../lib/frames";
import { statusLook } from "../lib/status";
import { NodeTile } from "./node-tile";

interface Props {
  steps: Step[];
  selected: Step | undefined;
  onSelect: (step: Step) => void;
}

interface Line {
  first: number;
  span: number;
}

function timeLine(steps: Step[]): Line {
  let first = Infinity;
  let last = 0;
  for (const step of steps) {
    first = Math.min(first, step.started_ms);
    last = Math.max(last, step.started_ms + step.duration_ms);
  }
  return { first, span: Math.max(1, last - first) };
}

function StepRow({ step, line, isSelected, onSelect }: { step: Step; line: Line; isSelected: boolean; onSelect: (step: Step) => void }) {
  const look = statusLook(step.status);
  const ran = step.status !== "skipped";
  const start = Math.min(98, ((step.started_ms - line.first) / line.span) * 100);
  const width = Math.max(2, Math.min(100 - start, (step.duration_ms / line.span) * 100));

  return (
    <button type="button" className={`step tone-${look.tone}${isSelected ? " is-selected" : ""}${ran ? "" : " is-idle"}`}
      aria-current={isSelected ? "true" : undefined} onClick={() => onSelect(step)}>
      <NodeTile type={step.type} size={14} />
      <span className="step-name">{step.name}{attemptOf(step) > 1 && <span className="quiet"> · attempt {attemptOf(step)}</span>}</span>
      <span className="step-status"><look.icon size={14} title={look.label} /></span>
      <span className="quiet">{ran ? plural(step.items_out, "item") : "Skipped"}{step.failed ? `, ${step.failed} failed` : ""}</span>
      <span className="quiet step-time">{ran ? formatDuration(step.duration_ms) : ""}</span>
      {step.retry_ms != null && <span className="quiet step-wait">Then waited {formatDuration(step.retry_ms)} for the next attempt</span>}
      <span className="step-bar">{ran && <span style={{ marginInlineStart: `${start}%`, width: `${width}%` }} />}</span>
    </button>
  );
}

interface EntriesProps extends Props {
  entries: Entry[];
  line: Line;
  nameOf: (node: string) => string;
  label?: string; // name of the outermost list
}

// An iteration is open where the chosen step is in it.
function FrameGroup({ frame, ...rest }: { frame: Frame } & Omit<EntriesProps, "entries" | "label">) {
  const { selected, nameOf } = rest;
  const holds = selected != null && `${frameOf(selected)}/`.startsWith(`${frame.path}/`);

  return (
    <details className={`step-frame${hasFailed(frame) ? " is-bad" : ""}`} open={holds}>
      <summary>
        {nameOf(frame.loop)} · iteration {frame.iteration + 1} <span className="quiet">{plural(countSteps(frame), "step")}</span>
      </summary>
      <Entries {...rest} entries={frame.entries} />
    </details>
  );
}

function Entries({ entries, label, ...rest }: EntriesProps) {
  const { line, selected, onSelect } = rest;
  return (
    <ol className={label ? "step-list" : "step-inner"} aria-label={label}>
      {entries.map((entry, index) =>
        "step" in entry ? (
          <li key={index}>
            <StepRow step={entry.step} line={line} isSelected={selected != null && isSame(entry.step, selected)} onSelect={onSelect} />
          </li>
        ) : (
          <li key={entry.frame.path}><FrameGroup frame={entry.frame} {...rest} /></li>
        ),
      )}
    </ol>
  );
}

// Every step in the order in which it ended, iterations of loops as groups, each step with its place on the run's own time line.
export function StepList({ steps, selected, onSelect }: Props) {
  const nameOf = (node: string) => steps.find((step) => step.node === node)?.name ?? node;
  return (
    <Entries label="Steps" entries={nest(steps)} steps={steps} selected={selected} onSelect={onSelect} line={timeLine(steps)} nameOf={nameOf} />
  );
}
