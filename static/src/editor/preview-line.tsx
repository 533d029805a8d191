import { cellText } from "../lib/columns";
import { formatBytes } from "../lib/format";
import { useForm } from "./form-context";

// The value that the expression at a path has for the item at hand, or why it has none.
export function PreviewLine({ at }: { at: string }) {
  const { previews } = useForm();
  const preview = previews[at];

  if (preview === undefined) return null;
  if (preview.error) {
    const { message, hint, line, column } = preview.error;
    return <p className="preview is-bad" data-preview={at}>{message}{column !== undefined && line !== undefined && ` (${line > 1 ? `line ${line}, ` : ""}column ${column})`}{hint && <span className="quiet"> {hint}</span>}</p>;
  }
  if (preview.text !== undefined) return <p className="preview" data-preview={at}><code>{preview.text.slice(0, 300)}</code> <span className="quiet">{formatBytes(preview.bytes ?? 0)}</span></p>;
  return <p className="preview" data-preview={at}>{preview.value === null || preview.value === undefined ? <span className="quiet">nothing</span> : preview.value === "" ? <span className="quiet">an empty text</span> : <code>{cellText(preview.value)}</code>}</p>;
}
