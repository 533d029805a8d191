import { useDeferredValue, useState } from "react";
import { Button, HTMLSelect, InputGroup } from "@blueprintjs/core";
import { Cross, Repeat, Search, Tick, Trash } from "@blueprintjs/icons";
import { useParams } from "react-router-dom";
import { type DeadLetterChoice, spans, useDeadLetters, useDiscardLetters, useReplayLetters } from "../api/dead-letters";
import { useMay } from "../api/session";
import type { DeadLettersReplayed } from "../api/types";
import { useWorkflows } from "../api/workflows";
import { useFilter } from "../lib/filter";
import { formatDuration, plural } from "../lib/format";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";
import { LoadMore } from "../panels/load-more";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";
import { DeadLetterRow } from "./dead-letter-row";

const filters = ["workflow_id", "state", "since", "code", "node", "text"] as const;
const states = [{ value: "", label: "Open" }, { value: "replayed", label: "Replayed" }, { value: "discarded", label: "Discarded" }];

function reportText(done: DeadLettersReplayed) {
  const wait = done.retry_after_ms ? `; try again in ${formatDuration(done.retry_after_ms)}` : "";
  return [
    `${plural(done.replayed, "run")} replayed`,
    done.failed.length > 0 && `${done.failed.length} cannot be: ${done.failed[0]?.message ?? ""}`,
    done.stopped && `the workspace's limit (${done.stopped}) took no more${wait}`,
    done.remaining > 0 && `${done.remaining} left`,
  ].filter(Boolean).join(", ");
}

// Buttons for the letters that are selected, or for all that the filter finds.
function Actions({ workspace, selected, filter, onDone }: { workspace: string; selected: string[]; filter: DeadLetterChoice; onDone: () => void }) {
  const replay = useReplayLetters(workspace);
  const discard = useDiscardLetters(workspace);
  const [isSure, setSure] = useState(false);
  const choice = selected.length > 0 ? { ids: selected } : filter;
  const which = selected.length > 0 ? String(selected.length) : "all";
  const discarded = discard.data && `${plural(discard.data.discarded, "run")} discarded${discard.data.remaining > 0 ? `, ${discard.data.remaining} left` : ""}`;
  const latest = replay.submittedAt > discard.submittedAt ? replay.data && reportText(replay.data) : discarded;

  return (
    <div className="list-actions" role="group" aria-label="Dead letters">
      <Button icon={<Repeat />} intent="primary" loading={replay.isPending} onClick={() => replay.mutate(choice, { onSuccess: onDone })}>Replay {which}</Button>
      <Button icon={<Trash />} loading={discard.isPending} intent={isSure ? "danger" : "none"} onBlur={() => setSure(false)}
        onClick={() => (isSure ? discard.mutate(choice, { onSuccess: onDone, onSettled: () => setSure(false) }) : setSure(true))}>
        {isSure ? "Really discard" : "Discard"} {which}
      </Button>
      {latest && <span role="status">{latest}.</span>}
      {(replay.isError || discard.isError) && <ProblemCallout error={replay.error ?? discard.error} />}
    </div>
  );
}

// Failed runs that nobody has looked after.
export default function DeadLetterListPage() {
  const { workspace = "" } = useParams();
  const filter = useFilter(filters);
  const text = useDeferredValue(filter.value.text);
  const workflows = useWorkflows(workspace, "");
  const letters = useDeadLetters(workspace, { ...filter.value, text });
  const mayWrite = useMay(workspace, "dead_letter.write");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const rows = letters.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = rows.filter((letter) => letter.settled_how === null && selected.has(letter.id)).map((letter) => letter.id);
  const isStale = letters.isPlaceholderData;
  const known = workflows.data?.pages.flatMap((page) => page.items) ?? [];
  const select = (id: string, isSelected: boolean) => setSelected((before) => {
    const next = new Set(before);
    if (isSelected) next.add(id);
    else next.delete(id);
    return next;
  });

  useTitle("Dead letters");
  return (
    <>
      <PageHeader title="Dead letters">
        {filter.active && <Button variant="minimal" icon={<Cross />} onClick={filter.clear}>Clear</Button>}
        <InputGroup leftElement={<span className="input-icon"><Search /></span>} placeholder="Search the message" aria-label="Search the message" type="search"
          value={filter.value.text} onValueChange={(value) => filter.set("text", value)} />
        <HTMLSelect aria-label="Workflow" value={filter.value.workflow_id} onChange={(event) => filter.set("workflow_id", event.target.value)}
          options={[{ value: "", label: "All workflows" }, ...known.map((workflow) => ({ value: workflow.id, label: workflow.name }))]} />
        <HTMLSelect aria-label="Since" value={filter.value.since} onChange={(event) => filter.set("since", event.target.value)}
          options={[{ value: "", label: "Any time" }, ...spans.map(({ value, label }) => ({ value, label }))]} />
        <HTMLSelect aria-label="State" value={filter.value.state} onChange={(event) => filter.set("state", event.target.value)} options={states} />
      </PageHeader>
      {letters.isError && <ProblemCallout error={letters.error} onRetry={() => void letters.refetch()} />}
      {(letters.isPending || (isStale && rows.length === 0)) && <TableSkeleton columns={5} />}
      {mayWrite && filter.value.state === "" && letters.isSuccess && (
        <div hidden={rows.length === 0}>
          <Actions workspace={workspace} selected={chosen} filter={{ ...filter.value, text, state: undefined } as DeadLetterChoice} onDone={() => setSelected(new Set())} />
        </div>
      )}
      {letters.isSuccess && !isStale && rows.length === 0 && (
        filter.active ? (
          <EmptyState icon={Search} title="No failed run matches" action={<Button onClick={filter.clear}>Clear the filter</Button>} />
        ) : (
          <EmptyState icon={Tick} title="Nothing is left to look after">Runs that fail appear here until they are replayed or discarded.</EmptyState>
        )
      )}
      {rows.length > 0 && (
        <table className="list is-letters" aria-busy={isStale}>
          <thead><tr>{mayWrite && <th><span className="hidden-text">Selected</span></th>}<th className="grows">Workflow</th><th>Error</th><th>Node</th><th>Failed</th>{mayWrite && <th><span className="hidden-text">Actions</span></th>}</tr></thead>
          <tbody>{rows.map((letter) => (
            <DeadLetterRow key={letter.id} letter={letter} workspace={workspace} mayWrite={mayWrite}
              onFind={filter.set} selected={selected.has(letter.id)} onSelect={(isSelected) => select(letter.id, isSelected)} />
          ))}</tbody>
        </table>
      )}
      <LoadMore {...letters} />
    </>
  );
}
