import { Search } from "@blueprintjs/icons";
import { Link, useParams } from "react-router-dom";
import { useModeLabel } from "../api/catalog";
import { ApiError } from "../api/client";
import { useDelivery } from "../api/deliveries";
import { useReplay } from "../api/executions";
import type { Delivery } from "../api/types";
import { formatBytes, formatTime } from "../lib/format";
import { readSent } from "../lib/sent";
import { statusLook } from "../lib/status";
import { useTitle } from "../lib/title";
import { isUnverified, verdictLook } from "../lib/verdict";
import { AnsweredFact } from "../panels/answered-fact";
import { CopyButton } from "../panels/copy-button";
import { EmptyState } from "../panels/empty-state";
import { Fact } from "../panels/fact";
import { HookTrial } from "../panels/hook-trial";
import { JsonView } from "../panels/json-view";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { ReplayButton } from "../panels/replay-button";
import { RunSkeleton } from "../panels/run-skeleton";
import { VerdictTag } from "../panels/verdict-tag";

function DeliveryFacts({ delivery, workspace }: { delivery: Delivery; workspace: string }) {
  const mode = useModeLabel(delivery.mode);
  return (
    <dl className="facts">
      <Fact name="Received"><time dateTime={delivery.received_at}>{formatTime(delivery.received_at)}</time></Fact>
      <Fact name="From">{delivery.remote_addr}</Fact>
      <Fact name="Trigger">{mode}</Fact>
      <Fact name="Size">{formatBytes(delivery.body_bytes)}</Fact>
      <AnsweredFact answer={delivery.answer} />
      {delivery.delivery_key !== "" && <Fact name="Delivery key"><code>{delivery.delivery_key}</code></Fact>}
      {delivery.run_id && <Fact name="Run"><Link to={`/w/${workspace}/executions/${delivery.run_id}`}>Open the run</Link></Fact>}
      <Fact name="Delivery"><code>{delivery.id}</code><CopyButton text={delivery.id} label="Copy the delivery's id" /></Fact>
    </dl>
  );
}

// Reason of a refusal, the run that it repeats, and what was mended.
function DeliveryNotes({ delivery }: { delivery: Delivery }) {
  const notes = [
    delivery.reason,
    delivery.first && `The first of this id: ${statusLook(delivery.first.state).label.toLowerCase()}${delivery.first.same_bytes === false ? ", with another body" : ""}. ${delivery.first.hint}`,
    ...delivery.notices.map((notice) => notice.text),
  ].filter((text): text is string => Boolean(text));

  if (notes.length === 0) return null;
  return <ul className="notes">{notes.map((text) => <li key={text}>{text}</li>)}</ul>;
}

function Sent({ delivery }: { delivery: Delivery }) {
  const body = readSent(delivery.body);
  return (
    <>
      <h2 className="section-title">Headers</h2>
      <JsonView value={delivery.headers} label="Headers" />
      {delivery.query !== "" && <><h2 className="section-title">Query</h2><pre className="large-start">{delivery.query}</pre></>}
      <h2 className="section-title">Body</h2>
      {body.kind === "json" && <JsonView value={body.value} label="Body" />}
      {body.kind === "text" && <pre className="large-start" tabIndex={0} aria-label="Body">{body.value}</pre>}
      {body.kind === "none" && <p className="quiet">{delivery.files.length > 0 ? "The body is kept as files." : "No body."}</p>}
      {delivery.files.length > 0 && (
        <ul className="notes">{delivery.files.map((file) => (
          <li key={`${file.field} ${file.at} ${file.name ?? ""}`}>{file.field !== "" && <>{file.field}: </>}{file.name ?? "file"}, {file.mime ?? "no type"}, {formatBytes(file.bytes)}</li>
        ))}</ul>
      )}
    </>
  );
}

function DeliveryView({ delivery, workspace }: { delivery: Delivery; workspace: string }) {
  const replay = useReplay(workspace);
  const address = delivery.mode === "webhook" ? `${delivery.method} /${delivery.path}` : "Delivery";

  useTitle(`${address}: ${verdictLook(delivery.verdict).label}`);
  return (
    <>
      <PageHeader title={<>{address} <VerdictTag verdict={delivery.verdict} /></>}
        above={<><Link to={`/w/${workspace}/deliveries`}>Deliveries</Link> / <span>Delivery</span></>}>
        <ReplayButton delivery={delivery.id} label="Run it again" workspace={workspace} replay={replay} />
        {replay.isError && <ProblemCallout error={replay.error} />}
      </PageHeader>
      <DeliveryFacts delivery={delivery} workspace={workspace} />
      <DeliveryNotes delivery={delivery} />
      {isUnverified(delivery.verdict) && <HookTrial delivery={delivery.id} workspace={workspace} />}
      {delivery.claims && <><h2 className="section-title">Claims of its token</h2><JsonView value={delivery.claims} label="Claims" /></>}
      <Sent delivery={delivery} />
      <h2 className="section-title">History</h2>
      <ol className="notes">{delivery.history.map((entry) => (
        <li key={`${entry.event} ${entry.at ?? ""} ${entry.detail}`}>
          {entry.at && <time dateTime={entry.at} className="quiet">{formatTime(entry.at)}</time>} {entry.event}{entry.detail !== "" && <>: {entry.detail}</>}
        </li>
      ))}</ol>
    </>
  );
}

export default function DeliveryPage() {
  const { workspace = "", id = "" } = useParams();
  const delivery = useDelivery(workspace, id);

  if (delivery.isPending) return <RunSkeleton />;
  if (delivery.isError) {
    const missing = delivery.error instanceof ApiError && delivery.error.problem.status === 404;
    return (
      <>
        <PageHeader title="Delivery" above={<Link to={`/w/${workspace}/deliveries`}>Deliveries</Link>} />
        {missing ? (
          <EmptyState icon={Search} title="There is no such delivery" action={<Link to={`/w/${workspace}/deliveries`}>All deliveries</Link>}>
            It may have been removed after its retention time, or belong to another workspace.
          </EmptyState>
        ) : <ProblemCallout error={delivery.error} onRetry={() => void delivery.refetch()} />}
      </>
    );
  }
  return <DeliveryView delivery={delivery.data} workspace={workspace} />;
}
