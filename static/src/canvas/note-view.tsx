import { useState } from "react";
import { Cross } from "@blueprintjs/icons";
import { NodeResizer, type Node, type NodeProps } from "@xyflow/react";

export type NoteData = {
  text: string;
  onText?: (text: string) => void; // absent: it is read
  onSize?: (size: [number, number]) => void;
  onRemove?: () => void;
};
export type NoteNode = Node<NoteData, "note">;

// A note beside the nodes. It is written where it stands.
export function NoteView({ data }: NodeProps<NoteNode>) {
  const { text, onText, onSize, onRemove } = data;
  const [typed, setTyped] = useState<string>();
  const keep = () => {
    if (typed !== undefined && typed !== text) onText?.(typed);
    setTyped(undefined);
  };
  return (
    <div className="canvas-note">
      {onSize && <NodeResizer minWidth={140} minHeight={70} onResizeEnd={(_event, { width, height }) => onSize([Math.round(width), Math.round(height)])} />}
      <textarea className="nodrag nopan nowheel" aria-label="Note" placeholder="Write a note" readOnly={!onText} value={typed ?? text} onChange={(event) => setTyped(event.target.value)} onBlur={keep} onKeyDown={(event) => { event.stopPropagation(); if (event.key === "Escape") event.currentTarget.blur(); }} />
      {onRemove && <button type="button" className="note-remove nodrag" aria-label="Remove the note" onClick={onRemove}><Cross size={12} /></button>}
    </div>
  );
}
