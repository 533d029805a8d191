import { formatJson } from "../lib/lossless";

function lineOf(entry: unknown): string {
  const { text, message } = (entry ?? {}) as { text?: unknown; message?: unknown };
  const line = text ?? message ?? entry;
  return typeof line === "string" ? line : formatJson(line);
}

// Lines that the author's code wrote with console.log.
export function StepLogs({ logs }: { logs: unknown[] }) {
  return (
    <ol className="step-logs" aria-label="Log of the step">
      {logs.map((entry, index) => <li key={index}><code>{lineOf(entry)}</code></li>)}
    </ol>
  );
}
