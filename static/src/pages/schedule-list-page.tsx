import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Calendar } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { useSchedules } from "../api/schedules";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { SchedulePreview } from "../panels/schedule-preview";
import { TableSkeleton } from "../panels/table-skeleton";
import { ScheduleRow } from "./schedule-row";

export function ScheduleListPage() {
  const { workspace = "" } = useParams();
  const schedules = useSchedules(workspace);
  const [isOpen, setOpen] = useState(false);
  const rows = schedules.data?.pages.flatMap((page) => page.items) ?? [];

  useTitle("Schedules");
  return (
    <>
      <PageHeader title="Schedules">
        <Button icon={<Calendar />} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Try a schedule</Button>
      </PageHeader>
      {isOpen && <SchedulePreview workspace={workspace} />}
      {schedules.isError && <ProblemCallout error={schedules.error} onRetry={() => void schedules.refetch()} />}
      {schedules.isPending && <TableSkeleton columns={4} />}
      {schedules.isSuccess && rows.length === 0 && (
        <EmptyState icon={Calendar} title="No schedules yet">
          A published workflow that begins with a Schedule node starts by itself at its times. They are listed here.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <table className="list is-schedules">
          <thead><tr><th className="grows">Workflow</th><th>Next</th><th>Last</th><th><span className="hidden-text">Actions</span></th></tr></thead>
          <tbody>{rows.map((schedule) => <ScheduleRow key={schedule.id} schedule={schedule} workspace={workspace} />)}</tbody>
        </table>
      )}
      <LoadMore {...schedules} />
    </>
  );
}
