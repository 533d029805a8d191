import { Link, useNavigate } from "react-router-dom";
import { useModeLabel } from "../api/catalog";
import type { DeliverySummary } from "../api/types";
import { formatBytes } from "../lib/format";
import { TimeAgo } from "../panels/time-ago";
import { VerdictTag } from "../panels/verdict-tag";

// The whole row leads to the delivery; the link in it is for the keyboard.
export function DeliveryRow({ delivery, workspace }: { delivery: DeliverySummary; workspace: string }) {
  const navigate = useNavigate();
  const mode = useModeLabel(delivery.mode);
  const to = `/w/${workspace}/deliveries/${delivery.id}`;
  // A start by hand or by the API has no address.
  const address = delivery.mode === "webhook" ? `${delivery.method} /${delivery.path}` : mode;

  return (
    <tr className="is-link" onClick={() => navigate(to)}>
      <td data-label="Verdict"><VerdictTag verdict={delivery.verdict} /></td>
      <td data-label="Address" className="grows">
        <Link to={to} className="row-title" onClick={(event) => event.stopPropagation()}>{address}</Link>
        {delivery.reason !== "" && <div className="row-note">{delivery.reason}</div>}
      </td>
      <td data-label="Received"><TimeAgo at={delivery.received_at} /></td>
      <td data-label="From">{delivery.remote_addr}</td>
      <td data-label="Size" className="number">{formatBytes(delivery.body_bytes)}</td>
    </tr>
  );
}
