import { useEffect, useRef } from "react";
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Annotation, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, MatchDecorator, placeholder, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { complete, type Option } from "../complete";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

// Marks what comes from the document, not from the keyboard.
const external = Annotation.define<boolean>();

const scripts = new MatchDecorator({ regexp: /\{\{[^]*?\}\}/g, decoration: Decoration.mark({ class: "cm-script" }) });
const scriptMarks = ViewPlugin.fromClass(class {
  decorations: DecorationSet;
  constructor(view: EditorView) { this.decorations = scripts.createDeco(view); }
  update(update: ViewUpdate) { this.decorations = scripts.updateDeco(update, this.decorations); }
}, { decorations: (plugin) => plugin.decorations });

// The character at which an error is.
const setFault = StateEffect.define<number | undefined>();
const faultMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((entry) => entry.is(setFault));
    if (effect === undefined) return transaction.docChanged ? Decoration.none : marks;
    const at = effect.value as number | undefined;
    return at === undefined || at >= transaction.newDoc.length ? Decoration.none : Decoration.set(Decoration.mark({ class: "cm-fault" }).range(at, at + 1));
  },
  provide: (field) => EditorView.decorations.from(field),
});

const look = EditorView.theme({
  "&": { fontSize: "12.5px", color: "var(--text)", backgroundColor: "var(--selected)", borderRadius: "8px", boxShadow: "inset 0 0 0 1px var(--line-strong)", maxHeight: "240px" },
  "&.cm-focused": { outline: "none", boxShadow: "inset 0 0 0 2px var(--brand)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 10px" },
  ".cm-placeholder": { color: "var(--quiet)" },
  ".cm-script": { color: "var(--brand-text)" },
  ".cm-fault": { textDecoration: "underline wavy var(--bad-line)", textUnderlineOffset: "3px" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "8px", boxShadow: "var(--shadow-high)", overflow: "hidden", zIndex: 30 },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--font)", maxHeight: "220px", maxWidth: "340px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "4px 10px", lineHeight: "1.4" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--selected)", color: "var(--text)" },
  ".cm-completionIcon": { display: "none" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginLeft: "10px", fontSize: "11.5px" },
  ".cm-completionInfo": { padding: "8px 10px", maxWidth: "300px", fontFamily: "var(--font)", lineHeight: "1.45" },
  ".cm-completionInfo code": { display: "block", marginTop: "6px", fontFamily: "var(--mono)", fontSize: "11.5px", color: "var(--quiet)", overflowWrap: "anywhere" },
});

function infoOf(option: Option): Completion["info"] {
  if (option.text === undefined && !option.examples?.length) return undefined;
  return () => {
    const box = document.createElement("div");
    box.textContent = option.text ?? "";
    for (const [expression, value] of option.examples ?? []) box.append(Object.assign(document.createElement("code"), { textContent: `${expression} → ${value}` }));
    return box;
  };
}

const ranks = { field: 4, node: 3, name: 2, helper: 1, method: -1 };

function completionOf(option: Option): Completion {
  const bracket = option.kind === "field" && option.insert === undefined;
  return {
    label: option.label, detail: option.detail, info: infoOf(option), boost: ranks[option.kind],
    // A name that is no word goes into brackets, and the dot before it goes.
    apply: bracket ? (view, _completion, from, to) => view.dispatch({ changes: { from: from - 1, to, insert: `[${JSON.stringify(option.label)}]` }, selection: { anchor: from - 1 + JSON.stringify(option.label).length + 2 } }) : option.insert ?? option.label,
  };
}

// Offset in the text of an error's place: lines and columns are those of the first script in it.
export function faultAt(text: string, fault: { line?: number; column?: number } | undefined): number | undefined {
  if (fault?.line === undefined || fault.column === undefined) return undefined;
  const open = text.indexOf("{{");
  if (open < 0) return undefined;
  const script = text.slice(open + 2);
  const lead = script.length - script.trimStart().length;
  const lines = script.trimStart().split("\n").slice(0, fault.line - 1);
  return open + 2 + lead + lines.reduce((sum, line) => sum + line.length + 1, 0) + Math.max(0, fault.column - 2);
}

// The text behind "=", in which {{ }} hold JavaScript. In a shadow root, as JsonView is and for its reason.
export function ExpressionField({ row, value, at, isBad, set }: FieldProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>();
  const form = useForm();
  const latest = useRef({ set, form });
  const text = String(value ?? "=").slice(1);
  const fault = form.previews[at]?.error;

  latest.current = { set, form };
  useEffect(() => {
    if (host.current === null) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const source = async (context: CompletionContext) => {
      const found = await complete(context.state.doc.toString(), context.pos, latest.current.form.world, context.explicit);
      return found && found.options.length > 0 ? { from: found.from, options: found.options.map(completionOf), validFor: /^[\w$ ]*$/ } : null;
    };
    const made = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }])),
          autocompletion({ override: [source], icons: false, activateOnTypingDelay: 60 }), closeBrackets(), history(), scriptMarks, faultMark, look, EditorView.lineWrapping, placeholder("{{ $json.name }}"),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorState.readOnly.of(latest.current.form.readOnly),
          EditorView.contentAttributes.of({ "aria-label": row.label, spellcheck: "false" }),
          EditorView.domEventHandlers({ focus: () => { latest.current.form.insert.current = (path) => made.dispatch(made.state.replaceSelection(`{{ ${path} }}`)); return false; } }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && update.transactions.some((change) => !change.annotation(external))) latest.current.set(`=${update.state.doc.toString()}`);
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The text of later renders goes in below, so that the cursor stays.
  }, [at, row.label]);
  useEffect(() => {
    const now = view.current;
    if (now && now.state.doc.toString() !== text) now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: text }, annotations: external.of(true) });
  }, [text]);
  useEffect(() => {
    view.current?.dispatch({ effects: setFault.of(faultAt(text, fault)) });
  }, [text, fault]);

  return <div className={isBad ? "expression-host is-bad" : "expression-host"} ref={host} onKeyDown={(event) => !(event.ctrlKey || event.metaKey) && event.key !== "Escape" && event.stopPropagation()} />;
}
