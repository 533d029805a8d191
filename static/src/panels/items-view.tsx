import { plural } from "../lib/format";
import { formatJson } from "../lib/lossless";
import { CopyButton } from "./copy-button";
import { FileList, filesIn } from "./file-list";
import { JsonView } from "./json-view";
import { LargeValue, largeValuesIn } from "./large-value";

interface Props {
  title: string;
  items: unknown[];
  workspace: string;
  execution: string;
}

// A list of items: their JSON, and the large values that are kept apart from it.
export function ItemsView({ title, items, workspace, execution }: Props) {
  const values = items.map((item) => (item as { json?: unknown } | null)?.json ?? item);
  return (
    <section className="items" aria-label={title}>
      <div className="items-head">
        <h3>{title}</h3>
        <span className="quiet">{plural(items.length, "item")}</span>
        {items.length > 0 && <CopyButton text={formatJson(values, 2)} label={`Copy the items of ${title}`} />}
      </div>
      {items.length === 0 ? <p className="items-none">No items.</p> : <JsonView value={values} label={title} />}
      <FileList files={filesIn(items)} workspace={workspace} execution={execution} />
      {largeValuesIn(items).map((entry) => (
        <LargeValue key={entry.hash} workspace={workspace} execution={execution} entry={entry} />
      ))}
    </section>
  );
}
