import { useState } from "react";
import { Button, Checkbox } from "@blueprintjs/core";
import { Link } from "react-router-dom";
import type { DeadLetter } from "../api/types";
import { RerunForm } from "../panels/rerun-form";
import { TimeAgo } from "../panels/time-ago";

interface Props {
  letter: DeadLetter;
  workspace: string;
  mayWrite: boolean;
  onFind: (name: "code" | "node", value: string) => void;
  selected: boolean;
  onSelect: (selected: boolean) => void;
}

function endText(letter: DeadLetter) {
  const who = letter.settled_by ?? "the operator";
  return letter.settled_how === "replayed" ? `Replayed by ${who}` : `Discarded by ${who}`;
}

export function DeadLetterRow({ letter, workspace, mayWrite, onFind, selected, onSelect }: Props) {
  const [isOpen, setOpen] = useState(false);
  const name = letter.workflow_name ?? "Deleted workflow";
  const isSettled = letter.settled_how !== null;
  const { code, node } = letter.error ?? {};
  return (
    <tr className={isOpen ? "is-open" : undefined}>
      {mayWrite && (
        <td className="choice">
          {!isSettled && <Checkbox aria-label={`Select the run of ${name}, ${letter.id}`} checked={selected} onChange={(event) => onSelect(event.currentTarget.checked)} />}
        </td>
      )}
      <td className="grows">
        <Link to={`/w/${workspace}/executions/${letter.id}`} className="row-title">{name}</Link>
        <div className="row-note is-bad" title={letter.error?.message}>{letter.error?.message ?? "Failed"}</div>
        {isSettled && (
          <div className="row-note">
            {endText(letter)}{letter.replay_run_id && <>, as <Link to={`/w/${workspace}/executions/${letter.replay_run_id}`}>this run</Link></>}
          </div>
        )}
        {isOpen && <RerunForm execution={letter.id} workspace={workspace} onClose={() => setOpen(false)} />}
      </td>
      <td data-label="Error">
        {code ? <button type="button" className="finds" title={`Only those that failed by ${code}`} onClick={() => onFind("code", code)}><code>{code}</code></button> : <code>{letter.status}</code>}
      </td>
      <td data-label="Node">
        {node ? <button type="button" className="finds" title={`Only those that failed at ${node}`} onClick={() => onFind("node", node)}>{node}</button> : "–"}
      </td>
      <td data-label="Failed"><TimeAgo at={letter.finished_at ?? letter.accepted_at} /></td>
      {mayWrite && (
        <td className="row-actions">
          {!isSettled && <Button size="small" aria-expanded={isOpen} aria-label={`Run again… ${name}, ${letter.id}`} onClick={() => setOpen(!isOpen)}>Run again…</Button>}
        </td>
      )}
    </tr>
  );
}
