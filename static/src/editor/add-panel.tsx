import { useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { InputGroup } from "@blueprintjs/core";
import { Search } from "@blueprintjs/icons";
import { useCategories } from "../api/catalog";
import type { NodeType } from "../api/types";
import { NodeTile } from "../panels/node-tile";
import { dragType } from "./editor-canvas";
import type { Types } from "./connect";

// Every word has to be somewhere; a title that begins with the text comes first.
export function findTypes(types: Types, text: string, behind: boolean): NodeType[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (type: NodeType) => (type.title.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return [...types.values()].filter((type) => !(behind && type.inputs.length === 0))
    .filter((type) => words.every((word) => `${type.title} ${type.summary} ${type.type}`.toLowerCase().includes(word)))
    .sort((a, b) => (words.length > 0 ? rank(a) - rank(b) : 0));
}

interface Props {
  types: Types;
  behind: string | undefined; // name of the node that it comes behind
  isEmpty: boolean;
  onChoose: (type: NodeType) => void;
}

// Node types by group. Where the workflow has none yet, triggers come first, as the catalog has them.
export function AddPanel({ types, behind, isEmpty, onChoose }: Props) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const categories = useCategories();
  const found = useMemo(() => findTypes(types, text, behind !== undefined), [types, text, behind]);
  const groups = text === "" ? categories.map(([name, label]) => ({ label, rows: found.filter((type) => type.category === name) })) : [{ label: "Found", rows: found }];
  const rows = groups.flatMap((group) => group.rows);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    list.current?.querySelectorAll("[role=option]")[next]?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); move(active + step); }
    if (event.key === "Enter" && rows[active]) { event.preventDefault(); onChoose(rows[active]); }
  };

  return (
    <div className="add-panel">
      <p className="quiet">{behind ? `What comes behind ${behind}?` : isEmpty ? "What starts the workflow?" : "Choose a node, or drag it onto the canvas."}</p>
      <InputGroup autoFocus type="search" leftElement={<span className="input-icon"><Search /></span>} placeholder="Search nodes" aria-label="Search nodes" role="combobox" aria-expanded aria-controls={id}
        aria-activedescendant={rows[active] && `${id}-${rows[active].type}`} value={text} onValueChange={(next) => { setText(next); setActive(0); }} onKeyDown={onKeyDown} />
      <div className="add-list" ref={list} id={id} role="listbox" aria-label="Node types" tabIndex={-1}>
        {groups.filter((group) => group.rows.length > 0).map((group) => (
          <div key={group.label} role="group" aria-label={group.label}>
            <div className="add-group" aria-hidden="true">{group.label}</div>
            {group.rows.map((type) => (
              <div key={type.type} id={`${id}-${type.type}`} role="option" aria-selected={rows[active] === type} className={rows[active] === type ? "add-row is-active" : "add-row"} draggable
                onDragStart={(event) => event.dataTransfer.setData(dragType, type.type)} onClick={() => onChoose(type)}>
                <NodeTile type={type.type} />
                <span><span className="add-title">{type.title}</span><span className="quiet">{type.summary}</span></span>
              </div>
            ))}
          </div>
        ))}
        {rows.length === 0 && <p className="quiet add-none">No node has “{text}” in its name or summary.</p>}
      </div>
    </div>
  );
}
