import { Error as ErrorIcon, Lightbulb } from "@blueprintjs/icons";
import type { RunError } from "../api/types";
import { formatJson } from "../lib/lossless";

function traceLine(entry: unknown): string {
  return typeof entry === "string" ? entry : formatJson(entry);
}

interface Props {
  error: RunError;
  nodeName?: string;
}

// What failed, where in the workflow, and how to mend it. The trace goes from the outside in.
export function ErrorPanel({ error, nodeName }: Props) {
  const place = [nodeName && `Step “${nodeName}”`, error.item != null && `item ${error.item}`, error.code].filter(Boolean);
  return (
    <section className="error-panel" aria-label="Error">
      <p className="error-title"><ErrorIcon size={16} />{error.message || "Failed"}</p>
      <p className="quiet">{place.join(" · ")}</p>
      {error.body && <pre className="error-body">{error.body}</pre>}
      {error.hint && <p className="error-hint"><Lightbulb size={14} />{error.hint}</p>}
      {error.trace && error.trace.length > 0 && (
        <details open>
          <summary>Where it happened</summary>
          <ol className="trace">
            {error.trace.map((entry, index) => <li key={index}><code>{traceLine(entry)}</code></li>)}
          </ol>
        </details>
      )}
    </section>
  );
}
