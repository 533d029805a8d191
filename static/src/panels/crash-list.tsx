import { Callout } from "@blueprintjs/core";
import type { Execution } from "../api/types";
import { formatTime } from "../lib/format";

type Crash = NonNullable<Execution["crashes"]>[number];

// Crashes of workers that had the run. The run itself goes on with another worker, or is a dead letter.
export function CrashList({ crashes, nameOf }: { crashes: Execution["crashes"]; nameOf: (node: string) => string }) {
  const where = (crash: Crash) => [
    crash.was_at ? "It was working on this run" : "This run waited for an answer",
    crash.node && `step “${nameOf(crash.node)}”`,
  ].filter(Boolean).join(", ");

  return crashes?.map((crash) => (
    <Callout className="crash" key={`${crash.at}/${crash.worker}`} intent="warning" title={`A worker died here: ${crash.signal}`}>
      <p>{where(crash)}. <time dateTime={crash.at}>{formatTime(crash.at)}</time></p>
      <details>
        <summary>For the operator</summary>
        <p className="quiet">{crash.program} {crash.version}, build {crash.build}, {crash.worker}</p>
        <ol className="trace">{crash.frames.map((frame, index) => <li key={index}><code>{frame}</code></li>)}</ol>
      </details>
    </Callout>
  ));
}
