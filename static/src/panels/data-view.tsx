import { useDeferredValue, useMemo, useState, type ReactNode } from "react";
import { Button, InputGroup, SegmentedControl } from "@blueprintjs/core";
import { ChevronLeft, ChevronRight, Search } from "@blueprintjs/icons";
import { findItems, jsonOf } from "../lib/columns";
import { plural } from "../lib/format";
import { DataSchema } from "./data-schema";
import { DataTable } from "./data-table";
import { FileList, filesIn } from "./file-list";
import { JsonView } from "./json-view";
import { LargeValue, largeValuesIn } from "./large-value";
import "./data.css";

interface Props {
  title: string;
  items: unknown[];
  workspace: string;
  execution: string;
  first?: Look;
  active?: number;
  onPick?: (item: number) => void;
  base?: string;
  onInsert?: (path: string) => void;
  children?: ReactNode; // buttons beside the title
}

type Look = "table" | "json" | "schema";

// Items whose JSON is shown at a time.
const pageSize = 100;

function JsonPages({ title, items, shown }: { title: string; items: unknown[]; shown: number[] }) {
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(shown.length / pageSize));
  const at = Math.min(page, pages - 1);
  const part = useMemo(() => shown.slice(at * pageSize, (at + 1) * pageSize).map((index) => jsonOf(items[index])), [items, shown, at]);
  return (
    <div className="data-json">
      {pages > 1 && (
        <div className="data-pages">
          <Button size="small" variant="minimal" icon={<ChevronLeft size={14} />} aria-label="Items before" disabled={at === 0} onClick={() => setPage(at - 1)} />
          <span className="quiet">{at * pageSize} to {Math.min(shown.length, (at + 1) * pageSize) - 1} of {shown.length}</span>
          <Button size="small" variant="minimal" icon={<ChevronRight size={14} />} aria-label="Items behind" disabled={at === pages - 1} onClick={() => setPage(at + 1)} />
        </div>
      )}
      <JsonView value={part} label={title} />
    </div>
  );
}

// Items as a table, as JSON or as the fields that they have, with a search in all three.
export function DataView({ title, items, workspace, execution, first = "table", active = 0, onPick, base, onInsert, children }: Props) {
  const [look, setLook] = useState<Look>(first);
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query);
  const found = useMemo(() => (look === "schema" ? undefined : findItems(items, asked)), [items, asked, look]);
  const shown = useMemo(() => found ?? items.map((_item, index) => index), [found, items]);
  const files = useMemo(() => filesIn(items.slice(0, pageSize)), [items]);
  const large = useMemo(() => largeValuesIn(items.slice(0, pageSize)), [items]);

  return (
    <section className="data" aria-label={title}>
      <div className="data-head">
        <h3>{title}</h3>
        <span className="quiet" role="status">{found ? `${found.length} of ${plural(items.length, "item")}` : plural(items.length, "item")}</span>
        {children}
      </div>
      {items.length > 0 && (
        <div className="data-tools">
          <SegmentedControl size="small" value={look} onValueChange={(next) => setLook(next as Look)} options={[{ value: "table", label: "Table" }, { value: "json", label: "JSON" }, { value: "schema", label: "Fields" }]} />
          <InputGroup size="small" type="search" leftElement={<span className="input-icon"><Search size={14} /></span>} placeholder="Search" aria-label={`Search in ${title}`} value={query} onValueChange={setQuery} />
        </div>
      )}
      {items.length === 0 ? <p className="data-none quiet">No items.</p>
        : look === "schema" ? <DataSchema label={`Fields of ${title}`} items={items} active={active} query={asked} base={base} onInsert={onInsert} />
          : look === "json" ? <JsonPages title={title} items={items} shown={shown} />
            : <DataTable label={`Table of ${title}`} items={items} shown={shown} active={active} onPick={onPick} base={base} />}
      <FileList files={files} workspace={workspace} execution={execution} />
      {large.map((entry) => <LargeValue key={entry.hash} workspace={workspace} execution={execution} entry={entry} />)}
    </section>
  );
}
