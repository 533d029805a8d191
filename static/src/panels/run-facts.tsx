import { useModeLabel } from "../api/catalog";
import type { Execution } from "../api/types";
import { formatDuration, formatTime, plural, waitText } from "../lib/format";
import { AnsweredFact } from "./answered-fact";
import { CopyButton } from "./copy-button";
import { Fact } from "./fact";
import { RunFamily } from "./run-family";

export function RunFacts({ run, workspace, nameOf }: { run: Execution; workspace: string; nameOf: (node: string) => string }) {
  const { delivery } = run;
  const mode = useModeLabel(run.mode);
  return (
    <dl className="facts">
      <Fact name="Accepted"><time dateTime={run.accepted_at}>{formatTime(run.accepted_at)}</time></Fact>
      <Fact name="Took">{run.duration_ms == null ? "–" : formatDuration(run.duration_ms)}</Fact>
      {run.waits && run.waits.length > 0 && (
        <Fact name="Waits">{run.waits.map((wait) => (
          <div key={`${wait.frame ?? ""}/${wait.node}`}>
            {waitText(wait)}
            {wait.url && <> <a href={wait.url} target="_blank" rel="noopener noreferrer">Open its page</a><CopyButton text={wait.url} label="Copy the address that ends the wait" /></>}
          </div>
        ))}</Fact>
      )}
      <Fact name="Trigger">{mode}{run.mode === "webhook" && delivery && <code>{delivery.method} /{delivery.path}</code>}</Fact>
      <AnsweredFact answer={run.answer} />
      {run.version != null && <Fact name="Version">{run.version}</Fact>}
      <Fact name="Work">{plural(run.step_count, "step")}, {plural(run.item_count, "item")}</Fact>
      {run.error?.calls_unused && (
        <Fact name="Calls made ahead, and not used">
          {run.error.calls_unused.map((row) => <div key={`${row.frame ?? ""}/${row.node}`}>{nameOf(row.node)}: {plural(row.calls, "call")}</div>)}
        </Fact>
      )}
      <RunFamily run={run} workspace={workspace} />
      <Fact name="Run"><code>{run.id}</code><CopyButton text={run.id} label="Copy the run's id" /></Fact>
    </dl>
  );
}
