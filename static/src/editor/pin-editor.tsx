import { useState } from "react";
import { Button, Dialog, DialogBody, DialogFooter, TextArea } from "@blueprintjs/core";
import { jsonOf } from "../lib/columns";
import { formatJson } from "../lib/lossless";
import { readInput } from "../lib/rerun";

interface Props {
  name: string; // name of the node
  items: unknown[] | undefined;
  onSave: (items: { json: unknown }[]) => void;
  onClose: () => void;
}

function textOf(items: unknown[] | undefined): string {
  if (items === undefined || items.length === 0) return "[\n  {}\n]";
  return formatJson(items.map(jsonOf), 2);
}

// Items as JSON, to be written by hand and pinned.
export function PinEditor({ name, items, onSave, onClose }: Props) {
  const [text, setText] = useState(() => textOf(items));
  const { input, fault } = readInput(text);
  const save = () => {
    onSave((Array.isArray(input) ? input : [input]).map((json: unknown) => ({ json })));
    onClose();
  };
  return (
    <Dialog isOpen title={`Items of ${name}`} className="pin-editor" onClose={onClose} canOutsideClickClose={text === textOf(items)}>
      <DialogBody>
        <TextArea fill autoFocus rows={16} className="code-input" spellCheck={false} aria-label={`Items of ${name} as JSON`} value={text} intent={fault ? "danger" : "none"} onChange={(event) => setText(event.target.value)} />
        <p className={fault ? "field-note is-bad" : "field-note"}>{fault ?? "One object, or a list of objects: one for each item. Runs in the editor take them in place of the node; what is published never does."}</p>
      </DialogBody>
      <DialogFooter actions={<><Button onClick={onClose}>Cancel</Button><Button intent="primary" disabled={fault !== undefined || input === undefined} onClick={save}>Pin</Button></>} />
    </Dialog>
  );
}
