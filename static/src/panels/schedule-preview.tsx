import { useState, type FormEvent } from "react";
import { Button, FormGroup, HTMLSelect, InputGroup } from "@blueprintjs/core";
import { usePreview, type ScheduleInput } from "../api/schedules";
import { ProblemCallout } from "./problem-callout";
import { ScheduleTimesList } from "./schedule-times";

const units = ["ms", "seconds", "minutes", "hours", "days", "weeks", "months"];

// Try an expression or an interval, as a node's parameters take them, before anything is saved.
export function SchedulePreview({ workspace, initial }: { workspace: string; initial?: ScheduleInput }) {
  const preview = usePreview(workspace);
  const [kind, setKind] = useState<ScheduleInput["kind"]>(initial?.kind ?? "cron");
  const [cron, setCron] = useState(initial?.cron ?? "30 9 * * MON-FRI");
  const [every, setEvery] = useState(String(initial?.every ?? 15));
  const [unit, setUnit] = useState(initial?.unit ?? "minutes");
  const [anchor, setAnchor] = useState(initial?.anchor ?? "");
  const [timezone, setTimezone] = useState(initial?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    preview.mutate(kind === "cron" ? { kind, cron, timezone } : { kind, every: Number(every), unit, anchor, timezone });
  };
  return (
    <form className="credential-form" onSubmit={submit} aria-label="Next times of a schedule">
      <FormGroup label="When" labelFor="schedule-kind">
        <HTMLSelect id="schedule-kind" fill value={kind} onChange={(event) => setKind(event.target.value as ScheduleInput["kind"])}
          options={[{ value: "cron", label: "Cron expression" }, { value: "interval", label: "Interval" }]} />
      </FormGroup>
      {kind === "cron" ? (
        <FormGroup label="Cron expression" labelFor="schedule-cron" helperText="Minute, hour, day of month, month, weekday; six fields have the second first.">
          <InputGroup id="schedule-cron" value={cron} required onValueChange={setCron} />
        </FormGroup>
      ) : (
        <>
          <FormGroup label="Every" labelFor="schedule-every">
            <InputGroup id="schedule-every" type="number" min={1} value={every} required onValueChange={setEvery} />
          </FormGroup>
          <FormGroup label="Unit" labelFor="schedule-unit">
            <HTMLSelect id="schedule-unit" fill value={unit} options={units} onChange={(event) => setUnit(event.target.value)} />
          </FormGroup>
          <FormGroup label="From" labelFor="schedule-anchor" helperText="The first time: 2026-12-01T09:00. Empty: midnights, Mondays, firsts of a month.">
            <InputGroup id="schedule-anchor" value={anchor} onValueChange={setAnchor} />
          </FormGroup>
        </>
      )}
      <FormGroup label="Time zone" labelFor="schedule-timezone">
        <InputGroup id="schedule-timezone" value={timezone} required onValueChange={setTimezone} />
      </FormGroup>
      <Button type="submit" intent="primary" loading={preview.isPending}>Show the next 10 times</Button>
      {preview.isError && <ProblemCallout error={preview.error} />}
      {preview.isSuccess && <ScheduleTimesList times={preview.data} />}
    </form>
  );
}
