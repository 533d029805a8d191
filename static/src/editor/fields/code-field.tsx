import { useEffect, useRef } from "react";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { Annotation, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

// Marks what comes from the document, not from the keyboard.
const external = Annotation.define<boolean>();

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null], color: "var(--json-word)" },
  { tag: [tags.string, tags.regexp], color: "var(--json-string)" },
  { tag: tags.number, color: "var(--json-number)" },
  { tag: tags.propertyName, color: "var(--json-key)" },
  { tag: tags.comment, color: "var(--quiet)" },
]);

const look = EditorView.theme({
  "&": { maxHeight: "420px", minHeight: "120px", fontSize: "12.5px", color: "var(--text)", backgroundColor: "var(--code)", border: "1px solid var(--line-strong)", borderRadius: "8px" },
  "&.cm-focused": { outline: "2px solid var(--brand)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--quiet)", border: "none" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--text)" },
});

// JavaScript. In a shadow root, as JsonView is and for its reason. The Tab key leaves the field; it has an undo of its own.
export function CodeField({ row, value, at, set }: FieldProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>();
  const latest = useRef(set);
  const text = typeof value === "string" ? value : "";
  const { readOnly } = useForm();

  latest.current = set;
  useEffect(() => {
    if (host.current === null) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const made = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          javascript(), lineNumbers(), history(), bracketMatching(), indentOnInput(), syntaxHighlighting(highlight), look, EditorView.lineWrapping,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": row.label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && update.transactions.some((change) => !change.annotation(external))) latest.current(update.state.doc.toString() || undefined);
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The text of later renders goes in below, so that the cursor stays.
  }, [at, readOnly, row.label]);
  useEffect(() => {
    const now = view.current;
    if (now && now.state.doc.toString() !== text) now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: text }, annotations: external.of(true) });
  }, [text]);

  return <div className="code-field" ref={host} onKeyDown={(event) => !(event.ctrlKey || event.metaKey) && event.stopPropagation()} />;
}
