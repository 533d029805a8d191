import { useMemo } from "react";
import { MenuItem } from "@blueprintjs/core";
import { Locate } from "@blueprintjs/icons";
import { Omnibar } from "@blueprintjs/select";
import "@blueprintjs/select/lib/css/blueprint-select.css";
import type { NodeType } from "../api/types";
import type { IconComponent } from "../lib/nodes";
import { NodeTile } from "../panels/node-tile";
import { actions, labelOf, type Editor } from "./actions";
import { nameOf } from "./document";
import { keyText } from "./keys";

interface Command {
  key: string;
  text: string;
  label?: string;
  icon?: IconComponent;
  type?: string; // node type whose picture it has
  isOff?: boolean;
  perform: () => void;
}

// Actions, nodes to go to and types to add, found by the letters of their names.
export function CommandPalette({ editor, isOpen, onClose, onGo, onAdd }: { editor: Editor; isOpen: boolean; onClose: () => void; onGo: (node: string) => void; onAdd: (type: NodeType) => void }) {
  const items = useMemo((): Command[] => isOpen ? [
    ...actions.filter((action) => action.id !== "palette").map((action) => ({ key: action.id, text: labelOf(action, editor), label: action.keys && keyText(action.keys[0]!), icon: action.icon, isOff: !action.when(editor), perform: () => void action.perform(editor) })),
    ...editor.state.document.nodes.map((node) => ({ key: `go ${node.id}`, text: `Go to ${nameOf(node)}`, icon: Locate, perform: () => onGo(node.id) })),
    ...(editor.may.write ? [...editor.types.values()].map((type) => ({ key: `add ${type.type}`, text: `Add ${type.title}`, label: type.summary, type: type.type, perform: () => onAdd(type) })) : []),
  ] : [], [isOpen, editor, onGo, onAdd]);
  const words = (query: string) => query.toLowerCase().split(/\s+/).filter(Boolean);

  return (
    <Omnibar<Command> isOpen={isOpen} onClose={onClose} items={items} resetOnSelect inputProps={{ placeholder: "Do, go to, or add…", "aria-label": "Command" }} noResults={<MenuItem disabled text="Nothing found" roleStructure="listoption" />}
      itemPredicate={(query, item) => words(query).every((word) => item.text.toLowerCase().includes(word))} itemDisabled={(item) => item.isOff ?? false}
      onItemSelect={(item) => { onClose(); item.perform(); }}
      itemRenderer={(item, { handleClick, handleFocus, modifiers, ref }) => modifiers.matchesPredicate ? (
        <MenuItem key={item.key} ref={ref} roleStructure="listoption" active={modifiers.active} disabled={modifiers.disabled} text={item.text} label={item.label} icon={item.type ? <NodeTile type={item.type} size={14} /> : item.icon && <item.icon />} onClick={handleClick} onFocus={handleFocus} />
      ) : null} />
  );
}
