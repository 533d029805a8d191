import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Link } from "react-router-dom";
import { useScheduleTimes } from "../api/schedules";
import type { Schedule } from "../api/types";
import { formatTime } from "../lib/format";
import { scheduleText } from "../lib/schedule";
import { ProblemCallout } from "../panels/problem-callout";
import { ScheduleTimesList } from "../panels/schedule-times";

function dateText(at: string | null) {
  return at === null ? "never" : formatTime(at);
}

function Times({ workspace, id }: { workspace: string; id: string }) {
  const times = useScheduleTimes(workspace, id);
  if (times.isError) return <ProblemCallout error={times.error} onRetry={() => void times.refetch()} />;
  return times.isSuccess ? <ScheduleTimesList times={times.data} /> : null;
}

export function ScheduleRow({ schedule, workspace }: { schedule: Schedule; workspace: string }) {
  const [isOpen, setOpen] = useState(false);
  const left = [
    schedule.skipped_count > 0 && `${schedule.skipped_count} left out`,
    schedule.pending_count > 0 && `${schedule.pending_count} waiting for the run before`,
    schedule.last_verdict !== null && schedule.last_verdict !== "accepted" && `the last was refused: ${schedule.last_verdict}`,
  ].filter((text) => text !== false);
  return (
    <tr className={isOpen ? "is-open" : undefined}>
      <td className="grows">
        <span className="row-title">{schedule.workflow_name}</span>
        <div className="row-note">{scheduleText(schedule)}, {schedule.timezone}</div>
        {left.length > 0 && <div className="row-note">{left.join(", ")}</div>}
        {isOpen && <Times workspace={workspace} id={schedule.id} />}
      </td>
      <td data-label="Next" title={schedule.next_at ?? ""}>{dateText(schedule.next_at)}</td>
      <td data-label="Last" title={schedule.last_at ?? ""}>
        {schedule.last_run_id === null ? dateText(schedule.last_at)
          : <Link to={`/w/${workspace}/executions/${schedule.last_run_id}`}>{dateText(schedule.last_at)}</Link>}
      </td>
      <td className="row-actions">
        <Button size="small" aria-expanded={isOpen} aria-label={`Next 10 times of ${schedule.workflow_name}`} onClick={() => setOpen(!isOpen)}>Next 10 times</Button>
      </td>
    </tr>
  );
}
