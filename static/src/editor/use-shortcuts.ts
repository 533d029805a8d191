import { useEffect, useMemo, useRef } from "react";
import { useHotkeys } from "@blueprintjs/core";
import { actions, paste, type Editor } from "./actions";

// Keys that a control takes for itself, and those that text which is marked takes.
const pressed = new Set(["enter", "/", "escape"]);
const marked = new Set(["mod+c", "mod+x", "mod+a"]);

function isIn(event: Event, selector: string): boolean {
  return (event.target as Element | null)?.closest?.(selector) != null;
}

function isOthers(combo: string, event: Event): boolean {
  if (combo === "escape") return event.defaultPrevented || document.querySelector(".bp6-overlay-open .bp6-dialog, .bp6-overlay-open .bp6-omnibar, .bp6-overlay-open .bp6-menu, .bp6-popover .bp6-menu") !== null;
  if (pressed.has(combo)) return isIn(event, "button, a, summary, [role=option], [role=menuitem], .bp6-overlay, .editor-panel");
  return marked.has(combo) && (isIn(event, ".editor-panel, .run-strip") || window.getSelection()?.isCollapsed === false);
}

// Registered once: the list is part of what the sheet's provider draws again for.
export function useShortcuts(editor: Editor) {
  const latest = useRef(editor);
  latest.current = editor;
  useHotkeys(useMemo(() => actions.flatMap((action) => (action.keys ?? []).map((combo, index) => ({
    combo, label: index === 0 ? action.name : `${action.name}, too`, group: action.group, global: true, allowInInput: ["save", "palette", "run"].includes(action.id), preventDefault: !action.isBrowsers && !pressed.has(combo) && !marked.has(combo),
    onKeyDown: (event: KeyboardEvent) => {
      if (action.isBrowsers || !action.when(latest.current) || isOthers(combo, event)) return;
      event.preventDefault();
      void action.perform(latest.current);
    },
  }))), []));
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const isTyping = isIn(event, "input, textarea, [contenteditable=true], .code-field, .expression-host");
      if (!isTyping && paste(latest.current, event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, []);
}
