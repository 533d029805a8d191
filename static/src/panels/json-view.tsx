import { useEffect, useRef } from "react";
import { json } from "@codemirror/lang-json";
import { foldGutter, syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { formatJson } from "../lib/lossless";

// Colours are the page's own variables, so the view follows the theme without being built again.
const highlight = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--json-key)" },
  { tag: tags.string, color: "var(--json-string)" },
  { tag: tags.number, color: "var(--json-number)" },
  { tag: [tags.bool, tags.null], color: "var(--json-word)" },
]);

const look = EditorView.theme({
  "&": { maxHeight: "440px", fontSize: "12.5px", color: "var(--text)", backgroundColor: "var(--code)" },
  "&.cm-focused": { outline: "2px solid var(--brand)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--quiet)", border: "none" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--selected)", border: "none", color: "var(--quiet)", padding: "0 6px" },
  ".cm-content": { padding: "8px 0" },
});

// Read-only JSON with folding. It lives in a shadow root: there CodeMirror adopts constructed style
// sheets, while in the document it would add a <style>, which the content security policy refuses.
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  const text = formatJson(value, 2);

  useEffect(() => {
    if (host.current === null) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          json(),
          lineNumbers(),
          foldGutter(),
          syntaxHighlighting(highlight),
          look,
          EditorView.lineWrapping,
          EditorView.editable.of(false),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" }),
        ],
      }),
    });
    return () => view.destroy();
  }, [text, label]);

  return <div className="json-view" ref={host} />;
}
