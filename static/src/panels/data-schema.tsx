import { useMemo } from "react";
import { cellText, fieldsOf, largeBytes, pathText } from "../lib/columns";
import { beginDrag } from "../lib/field-drag";
import { formatBytes } from "../lib/format";

interface Props {
  label: string;
  items: unknown[];
  active: number;
  query: string;
  base?: string;
  onInsert?: (path: string) => void;
}

// The fields of all items with their types, and the value that the item at hand has. A field is dragged, or pressed, into a parameter.
export function DataSchema({ label, items, active, query, base, onInsert }: Props) {
  const fields = useMemo(() => fieldsOf(items, active), [items, active]);
  const text = query.trim().toLowerCase();
  const shown = text === "" ? fields : fields.filter((field) => `${field.path.join(".")} ${cellText(field.sample)}`.toLowerCase().includes(text));

  if (shown.length === 0) return <p className="data-none quiet">{fields.length === 0 ? "The items have no fields." : "No field is like that."}</p>;
  return (
    <ul className="data-schema" aria-label={label} tabIndex={0}>
      {shown.map((field) => {
        const name = String(field.path.at(-1));
        const bytes = largeBytes(field.sample);
        const path = base === undefined ? undefined : pathText(base, field.path);
        const isInner = typeof field.sample === "object" && field.sample !== null && bytes === undefined;
        const what = <><span className="data-field">{typeof field.path.at(-1) === "number" ? `[${name}]` : name}</span><span className="data-type">{field.types.join(", ")}</span>
          <span className="data-sample">{bytes !== undefined ? `large, ${formatBytes(bytes)}` : isInner ? "" : cellText(field.sample)}</span></>;
        return (
          <li key={field.path.join("\u0000")} style={{ paddingLeft: 8 + field.depth * 14 }}>
            {path !== undefined && onInsert ? <button type="button" draggable title={`Drag it into a parameter, or press to insert {{ ${path} }}`} onDragStart={(event) => beginDrag(event, path)} onClick={() => onInsert(path)}>{what}</button> : <span className="data-row">{what}</span>}
          </li>
        );
      })}
    </ul>
  );
}
