import { Link } from "react-router-dom";
import type { Replay, StepDifference } from "../api/types";
import { plural } from "../lib/format";
import { frameText, stepQuery } from "../lib/frames";
import { isEnd, isProof, whatLabel } from "../lib/replays";
import { StatusTag } from "./status-tag";

interface Props {
  replay: Replay;
  workspace: string;
  nameOf: (node: string) => string;
}

function Side({ name, step, none }: { name: string; step: StepDifference["before"]; none: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{step ? <><StatusTag status={step.status} /> <span className="quiet">{plural(step.items_in, "item")} in, {step.items_out} out</span></> : <span className="quiet">{none}</span>}</dd>
    </div>
  );
}

function Value({ text }: { text: string | null }) {
  return text === null ? <span className="quiet">not there</span> : <code>{text}</code>;
}

// A step that is not the same: what it did then and now, and the first members that differ.
function DifferentStep({ row, replay, workspace, nameOf }: Props & { row: StepDifference }) {
  const source = row.what === "only_before" ? replay.source_execution_id : replay.execution_id;
  const [then, now] = isProof(replay) ? ["Recorded", "Computed again"] : ["Happened", "Would have happened"];
  const ends = isEnd(row, replay);
  const where = [row.frame && frameText(row.frame, nameOf), row.attempt > 1 && `attempt ${row.attempt}`].filter(Boolean).join(", ");

  return (
    <li className="difference">
      <div className="difference-head">
        <h3><Link to={`/w/${workspace}/executions/${source}?${stepQuery(row)}`}>{row.name}</Link></h3>
        {where && <span className="quiet">{where}</span>}
        <span className={`status-tag tone-${row.what === "changed" ? "warn" : "calm"}`}>{whatLabel(row, replay)}</span>
      </div>
      <dl className="difference-sides"><Side name={then} step={row.before} none="Not run" /><Side name={now} step={ends ? null : row.after} none={replay.verdict === "ended" ? "Not known" : "Not run"} /></dl>
      {row.differences.length > 0 && !ends && (
        <table className="difference-members">
          <thead><tr><th>Where</th><th>{then}</th><th>{now}</th></tr></thead>
          <tbody>{row.differences.map((member) => (
            <tr key={member.path}>
              <td data-label="Where"><code>{member.path}</code></td>
              <td data-label={then}><Value text={member.before} /></td>
              <td data-label={now}><Value text={member.after} /></td>
            </tr>
          ))}</tbody>
        </table>
      )}
    </li>
  );
}

export function ReplayDifference({ replay, ...rest }: Props) {
  const { difference } = replay;
  const listed = difference?.items.length ?? 0;
  if (!difference || listed === 0) return null;
  const all = difference.changed + difference.only_before + difference.only_after;

  return (
    <>
      <ol className="differences" aria-label="Steps that are not the same">
        {difference.items.map((row) => <DifferentStep key={`${row.frame}/${row.node}/${row.attempt}`} row={row} replay={replay} {...rest} />)}
      </ol>
      {listed < all && <p className="quiet">The first {listed} of {all} steps that are not the same.</p>}
    </>
  );
}
