import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { usePreviewed } from "../api/schedules";
import type { GraphNode } from "../lib/graph";
import { scheduleOf, scheduleText } from "../lib/schedule";
import { ProblemCallout } from "./problem-callout";
import { SchedulePreview } from "./schedule-preview";
import { ScheduleTimesList } from "./schedule-times";

interface Props {
  workspace: string;
  document: unknown; // the workflow's, saved or not
  node: GraphNode; // the node that has it
}

// When a schedule of the draft would start runs, once it is published, and others to try.
export function NodeSchedule({ workspace, document, node }: Props) {
  const schedule = scheduleOf(node, document);
  const times = usePreviewed(workspace, schedule);
  const [isOpen, setOpen] = useState(false);
  const name = node.name ?? node.id;

  return (
    <section className="notes-box" aria-label={`Times of ${name}`}>
      <h2 className="section-title">{name}: the next 10 times</h2>
      <p className="quiet">{scheduleText(schedule)}, {schedule.timezone}</p>
      {times.isError && <ProblemCallout error={times.error} onRetry={() => void times.refetch()} />}
      {times.isSuccess && <ScheduleTimesList times={times.data} />}
      <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Try another</Button>
      {isOpen && <SchedulePreview workspace={workspace} initial={schedule} />}
    </section>
  );
}
