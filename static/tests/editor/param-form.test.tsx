// @vitest-environment jsdom
import { useState } from "react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { EditorView } from "@codemirror/view";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { MemoryRouter } from "react-router-dom";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Catalog, Finding, Param } from "../../src/api/types";
import { setAt } from "../../src/editor/document";
import { FormContext, noWorld } from "../../src/editor/form-context";
import { ParamRows } from "../../src/editor/param-form";
import type { Values } from "../../src/lib/show-when";
import fixture from "./all-types.json";

const table = fixture.params as Param[];
const credential = (id: string, name: string, type: string) => ({ id, name, type, hosts: "", version: 1, created_at: "", updated_at: "" });
const answers: Record<string, unknown> = {
  "/me": { workspaces: [], csrf_token: "" },
  "/credentials": { items: [credential("c1", "Shop", "http_bearer"), credential("c2", "Signing", "webhook_secret")], next_cursor: null },
  "/workflows": { items: [{ id: "w1", name: "Invoices" }], next_cursor: null },
};
let written: Values;

beforeEach(() => {
  vi.stubGlobal("fetch", async (address: string) => new Response(JSON.stringify(Object.entries(answers).find(([path]) => address.includes(path))?.[1] ?? { items: [], next_cursor: null })));
  window.matchMedia ??= (() => ({ matches: false, addEventListener() {}, removeEventListener() {} })) as never;
});
afterEach(cleanup);

function Form({ initial, findings, readOnly }: { initial: Values; findings: Finding[]; readOnly: boolean }) {
  const [values, setValues] = useState(initial);
  written = values;
  return (
    <FormContext.Provider value={{ workspace: "main", findings, conditions: fixture.conditions as Catalog["conditions"], credentialTypes: [], params: values, readOnly, previews: {}, world: noWorld, insert: { current: undefined } }}>
      <ParamRows table={table} values={values} at="params" onSet={(path, value) => setValues((now) => setAt(now, path, value) as Values)} />
    </FormContext.Provider>
  );
}

function show(initial: Values = {}, findings: Finding[] = [], readOnly = false) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(<QueryClientProvider client={client}><MemoryRouter><Form initial={initial} findings={findings} readOnly={readOnly} /></MemoryRouter></QueryClientProvider>);
}

const finding = (path: string, message: string): Finding => ({ path: `nodes[3].${path}`, severity: "error", code: "bad", message, hint: "Do it", docs: "ERRORS.md" });
const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

test("a node with parameters of every type has its whole form of the catalog alone", () => {
  show();
  for (const { label, type: kind, show_when: when } of table) {
    if (when) continue;
    if (["list", "condition"].includes(kind)) screen.getByRole("group", { name: label });
    else if (kind === "code") expect(document.querySelector(".code-field")?.shadowRoot?.querySelector("[aria-label='Script']")).toBeTruthy();
    else screen.getByLabelText(label);
  }
  expect(new Set(table.map((row) => row.type)).size).toBe(13);
});

test("values, defaults and help are shown, and nothing is written by showing them", () => {
  show({ title: "Hello", data: { a: 1 } });
  expect((screen.getByLabelText("Title") as HTMLInputElement).value).toBe("Hello");
  expect((screen.getByLabelText("Data") as HTMLTextAreaElement).value).toBe('{\n  "a": 1\n}');
  expect((screen.getByLabelText("Count") as HTMLInputElement).placeholder).toBe("30");
  expect((screen.getByLabelText("Loud") as HTMLInputElement).checked).toBe(true);
  expect((screen.getByLabelText("Mode") as HTMLSelectElement).value).toBe("plain");
  expect((screen.getByLabelText("Color") as HTMLSelectElement).selectedOptions[0]?.text).toBe("Choose…");
  expect((screen.getByLabelText("Token") as HTMLInputElement).type).toBe("password");
  screen.getByText("What it is called.");
  expect(written).toEqual({ title: "Hello", data: { a: 1 } });
});

test("each type writes its own JSON type, and what is emptied is not written", () => {
  show({ body: "x" });
  type("Title", "T");
  type("Body", "");
  type("Count", "12");
  type("Ratio", "0.5");
  fireEvent.click(screen.getByLabelText("Loud"));
  type("Mode", "rich");
  type("Data", '{"a":[1]}');
  expect(written).toEqual({ title: "T", count: 12, ratio: 0.5, loud: false, mode: "rich", data: { a: [1] } });
});

test("a number that is half typed stays as it is typed", () => {
  show();
  type("Count", "-");
  expect(written).toEqual({ count: "-" });
  type("Count", "9007199254740993");
  expect(written).toEqual({ count: "9007199254740993" });
});

test("JSON, or a text that is none; a text that would be JSON is in quotes", () => {
  show();
  type("Data", "hello");
  expect(written.data).toBe("hello");
  type("Data", "5");
  expect(written.data).toBe(5);
  type("Data", '"5"');
  expect(written.data).toBe("5");
  expect((screen.getByLabelText("Data") as HTMLTextAreaElement).value).toBe('"5"');
  type("Data", '{"a":');
  screen.getByText("This is no JSON yet, so it is taken as text.");
});

test("conditional fields come and go with what they depend on", () => {
  show({ mode: "rich" });
  screen.getByLabelText("Style");
  fireEvent.click(screen.getByLabelText("Loud"));
  expect(screen.queryByLabelText("Style")).toBeNull();
});

test("a list has entries with fields of their own, is moved, shortened and no longer than it may be", () => {
  show({ rows: [{ name: "a" }, { name: "b", kind: "number" }] });
  const second = within(screen.getByRole("group", { name: "Rows, 2" }));
  fireEvent.change(second.getByLabelText("Least"), { target: { value: "7" } });
  expect(within(screen.getByRole("group", { name: "Rows, 1" })).queryByLabelText("Least")).toBeNull();
  press("Move Rows 2 up");
  expect(written.rows).toEqual([{ name: "b", kind: "number", least: 7 }, { name: "a" }]);
  press("Add to rows");
  expect((screen.getByRole("button", { name: "Add to rows" }) as HTMLButtonElement).disabled).toBe(true);
  press("Remove Rows 1");
  expect(written.rows).toEqual([{ name: "a" }, {}]);
});

test("a value turns into an expression and back", () => {
  show({ title: "Hi", count: 5 });
  press("Title as an expression");
  expect(written.title).toBe("=Hi");
  const content = document.querySelector(".expression-host")!.shadowRoot!.querySelector<HTMLElement>("[aria-label='Title']")!;
  const view = EditorView.findFromDOM(content)!;
  act(() => view.dispatch({ changes: { from: view.state.doc.length, insert: " {{ $json.name }}" } }));
  expect(written.title).toBe("=Hi {{ $json.name }}");
  press("Count as an expression");
  expect(written.count).toBe("={{ 5 }}");
  press("Title as an expression");
  expect(written).not.toHaveProperty("title");
  expect(screen.queryByRole("button", { name: "Body as an expression" })).toBeNull();
});

test("credentials that fit are offered, no others, and one that is gone is told", async () => {
  show({ credential: "gone" });
  await screen.findByRole("option", { name: "Shop" });
  screen.getByRole("option", { name: "One that is not here" });
  expect(screen.queryByRole("option", { name: "Signing" })).toBeNull();
  type("Credential", "c1");
  expect(written.credential).toBe("c1");
});

test("a condition is built from the catalog's operations", () => {
  show();
  press("Add a condition");
  type("Condition 1, left side", "={{ $json.n }}");
  type("Condition 1, type", "number");
  expect((screen.getByLabelText("Condition 1, operation") as HTMLSelectElement).value).toBe("equals");
  type("Condition 1, operation", "gt");
  type("Condition 1, right side", "5");
  expect(written.when).toEqual({
    options: { caseSensitive: true, typeValidation: "strict", version: 3 }, combinator: "and",
    conditions: [{ leftValue: "={{ $json.n }}", rightValue: 5, operator: { type: "number", operation: "gt" } }],
  });
  press("Add a condition");
  type("Condition 2, operation", "exists");
  expect(screen.queryByLabelText("Condition 2, right side")).toBeNull();
  type("How they are joined", "or");
  expect((written.when as { combinator: string }).combinator).toBe("or");
  press("Remove Condition 1");
  press("Remove Condition 1");
  expect(written).not.toHaveProperty("when");
});

test("a condition of a list says of which type its right side is", () => {
  const operators: unknown[] = [];
  const keep = () => operators.push((written.when as { conditions: { operator: unknown }[] }).conditions[0]?.operator);

  show();
  press("Add a condition");
  type("Condition 1, type", "array");
  keep();
  type("Condition 1, operation", "lengthGt");
  keep();
  type("Condition 1, operation", "empty");
  keep();
  type("Condition 1, type", "number");
  keep();
  expect(operators).toEqual([
    { type: "array", operation: "contains", rightType: "any" }, { type: "array", operation: "lengthGt", rightType: "number" },
    { type: "array", operation: "empty" }, { type: "number", operation: "equals" },
  ]);
});

test("findings stand at their fields, also in a list, and open what is folded away", () => {
  const { container } = show({ rows: [{}] }, [finding("params.title", "Title is missing"), finding("params.rows[0].name", "Name is missing"), finding("params.tries", "Too few"), finding("params.when.conditions[0].operator", "No such operation")]);
  const at = (path: string) => within(container.querySelector<HTMLElement>(`[data-path='${path}'] .field-findings`)!);
  at("params.title").getByText(/Title is missing/);
  at("params.rows[0].name").getByText(/Name is missing/);
  at("params.when").getByText(/No such operation/);
  expect(container.querySelector("details")?.open).toBe(true);
  const title = screen.getByLabelText("Title");
  expect(document.getElementById(title.getAttribute("aria-describedby")!.split(" ")[1]!)?.textContent).toContain("Title is missing");
});

test("who may not write changes nothing", () => {
  show({ rows: [{}] }, [], true);
  for (const control of [...screen.getAllByRole("textbox"), ...screen.getAllByRole("combobox"), ...screen.getAllByRole("button")]) {
    if (control.closest(".code-field") === null) expect((control as HTMLInputElement).disabled, control.outerHTML).toBe(true);
  }
});
