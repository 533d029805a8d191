import { useEffect, useRef } from "react";
import { json } from "@codemirror/lang-json";
import { defaultHighlightStyle, foldGutter, syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const darkHighlight = HighlightStyle.define([
  { tag: tags.propertyName, color: "#8abbff" },
  { tag: tags.string, color: "#72ca9b" },
  { tag: tags.number, color: "#fbb360" },
  { tag: [tags.bool, tags.null], color: "#d69fd6" },
]);

// Read-only JSON with folding. CodeMirror styles itself through constructed style sheets, which the
// content security policy allows.
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  const text = JSON.stringify(value, null, 2);

  useEffect(() => {
    if (host.current === null) return;
    const dark = document.body.classList.contains("bp6-dark");
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          json(),
          lineNumbers(),
          foldGutter(),
          syntaxHighlighting(dark ? darkHighlight : defaultHighlightStyle),
          EditorView.lineWrapping,
          EditorView.editable.of(false),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.theme({}, { dark }),
        ],
      }),
    });
    return () => view.destroy();
  }, [text, label]);

  return <div className="json-view" ref={host} />;
}
