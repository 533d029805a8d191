import type { ScheduleTimes } from "../api/types";

// "2027-03-28T03:00:00+02:00" as its zone's clocks show it; what the browser's own zone is does not matter.
function timeText(at: string) {
  const [date, time] = at.split("T");
  return `${date} ${time}`;
}

export function ScheduleTimesList({ times }: { times: ScheduleTimes }) {
  return (
    <>
      <ol className="times" aria-label="Next times">{times.times.map((time) => <li key={time.utc}><time dateTime={time.utc}>{timeText(time.at)}</time></li>)}</ol>
      <p className="quiet">{times.rule}</p>
    </>
  );
}
