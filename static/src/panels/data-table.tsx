import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { formatBytes } from "../lib/format";
import { cellText, columnsOf, jsonOf, largeBytes } from "../lib/columns";
import { pathText } from "../lib/columns";
import { beginDrag } from "../lib/field-drag";

interface Props {
  label: string;
  items: unknown[];
  shown: number[]; // places of the items that are shown
  active?: number;
  onPick?: (item: number) => void;
  base?: string; // path of the items in an expression; absent: nothing can be dragged
}

const rowHeight = 30;
const beyond = 12; // rows that are made above and below what is seen

function Cell({ value }: { value: unknown }) {
  const bytes = largeBytes(value);
  if (bytes !== undefined) return <td className="quiet">large, {formatBytes(bytes)}</td>;
  const text = cellText(value);
  return <td className={typeof value === "string" ? undefined : value === undefined || value === null ? "quiet" : "is-value"} title={text.length > 24 ? text : undefined}>{text}</td>;
}

// A row for each item, of which only those in sight are made.
export function DataTable({ label, items, shown, active, onPick, base }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const columns = useMemo(() => columnsOf(items), [items]);
  const first = Math.max(0, Math.floor(top / rowHeight) - beyond);
  const last = Math.min(shown.length, Math.ceil((top + height) / rowHeight) + beyond);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return (
    <div className="data-table" ref={box} tabIndex={0} role="region" aria-label={label} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <table aria-rowcount={shown.length + 1} style={{ minWidth: 52 + columns.length * 140 }}>
        <thead><tr><th className="data-number" scope="col">#</th>{columns.map((name) => (
          <th key={name} scope="col" title={name} draggable={base !== undefined} onDragStart={(event) => base !== undefined && beginDrag(event, pathText(base, [name]))}>{name}</th>
        ))}</tr></thead>
        <tbody>
          {first > 0 && <tr aria-hidden="true"><td colSpan={columns.length + 1} style={{ height: first * rowHeight, padding: 0 }} /></tr>}
          {shown.slice(first, last).map((at, index) => {
            const json = jsonOf(items[at]) as Record<string, unknown> | null;
            return (
              <tr key={at} aria-rowindex={first + index + 2} aria-selected={onPick ? at === active : undefined} className={at === active ? "is-active" : undefined} onClick={() => onPick?.(at)}>
                <td className="data-number">{at}</td>
                {columns.map((name) => <Cell key={name} value={json?.[name]} />)}
              </tr>
            );
          })}
          {last < shown.length && <tr aria-hidden="true"><td colSpan={columns.length + 1} style={{ height: (shown.length - last) * rowHeight, padding: 0 }} /></tr>}
        </tbody>
      </table>
    </div>
  );
}
