import { useBreakerHistory } from "../api/breakers";
import type { BreakerEvent } from "../api/types";
import { hostText } from "../lib/breakers";
import { formatTime, plural } from "../lib/format";
import { LoadMore } from "./load-more";
import { StatusTag } from "./status-tag";

function noteText(event: BreakerEvent) {
  return [
    event.scope === "operator" && "The operator’s",
    event.by_whom !== "" && `by ${event.by_whom}`,
    event.failures > 0 && event.state === "open" && plural(event.failures, "failure"),
    event.why,
  ].filter(Boolean).join(", ");
}

// Transitions of breakers, newest first.
export function BreakerHistory({ workspace }: { workspace: string }) {
  const history = useBreakerHistory(workspace);
  const rows = history.data?.pages.flatMap((page) => page.items) ?? [];

  if (rows.length === 0) return null;
  return (
    <section aria-label="History">
      <h2 className="list-heading">History</h2>
      <table className="list is-breakers">
        <thead><tr><th className="grows">Service</th><th>Became</th><th>When</th></tr></thead>
        <tbody>
          {rows.map((event) => (
            <tr key={event.id}>
              <td data-label="Service" className="grows"><span className="row-title">{hostText(event.host)}</span><span className="row-note">{noteText(event)}</span></td>
              <td data-label="Became"><StatusTag status={`breaker_${event.state}`} /></td>
              <td data-label="When"><time dateTime={event.at}>{formatTime(event.at)}</time></td>
            </tr>
          ))}
        </tbody>
      </table>
      <LoadMore {...history} />
    </section>
  );
}
