import { Error as ErrorIcon, Lightbulb } from "@blueprintjs/icons";
import { useErrorCode } from "../api/catalog";
import type { RunError } from "../api/types";
import { errorPlace } from "../lib/error-place";
import { formatJson } from "../lib/lossless";

function traceLine(entry: unknown): string {
  return typeof entry === "string" ? entry : formatJson(entry);
}

interface Props {
  error: RunError;
  nodeName?: string;
}

// Error: what failed, where in the workflow, and how to mend it. The trace goes from the outside in.
export function ErrorPanel({ error, nodeName }: Props) {
  const code = useErrorCode(error.code);
  const hint = error.hint || code?.hint;
  return (
    <section className="error-panel" aria-label="Error">
      <p className="error-title"><ErrorIcon size={16} />{error.message || code?.label || "Failed"}</p>
      <p className="quiet">{errorPlace(error, nodeName).join(" · ")}</p>
      {error.request && <p className="error-request"><code>{error.request}</code>{error.status != null && <span className="quiet"> answered {error.status}</span>}</p>}
      {error.body && <pre className="error-body">{error.body}</pre>}
      {error.headers && Object.keys(error.headers).length > 0 && (
        <details>
          <summary>Headers of the answer</summary>
          <pre className="error-body">{Object.entries(error.headers).map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
        </details>
      )}
      {hint && <p className="error-hint"><Lightbulb size={14} />{hint}</p>}
      <p className="quiet">
        <code>{error.code}</code>{code && <>: {code.label}. {error.retryable ? "Trying again may help." : "Trying again does not help by itself."} docs/{code.docs}</>}
      </p>
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
