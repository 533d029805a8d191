import { Button, HTMLSelect, InputGroup } from "@blueprintjs/core";
import { Add, Cross } from "@blueprintjs/icons";
import type { Catalog } from "../../api/types";
import { formatJson, parseJson } from "../../lib/lossless";
import { useForm } from "../form-context";
import { PreviewLine } from "../preview-line";
import type { FieldProps } from "./field";

interface Test {
  leftValue?: unknown;
  rightValue?: unknown;
  operator?: { type?: string; operation?: string; rightType?: string; singleValue?: boolean };
}

interface Condition {
  conditions?: Test[];
  combinator?: string;
  options?: Record<string, unknown>;
}

const first: Test = { leftValue: "={{ $json. }}", rightValue: "", operator: { type: "string", operation: "equals" } };
const options = { caseSensitive: true, typeValidation: "strict", version: 3 };

function sideText(value: unknown): string {
  return value == null ? "" : typeof value === "string" ? value : formatJson(value);
}

// A number or yes or no that is written where one is asked for is one; the rest is text, or an expression behind "=".
function readSide(text: string, type: string | undefined): unknown {
  if (type === "string" || text.startsWith("=")) return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

// An operation that compares with another type has to say so: of a list, whether it contains something, or how long it is.
function operatorOf(type: string, entry: Catalog["conditions"][number] | undefined): Test["operator"] {
  return { type, operation: entry?.operation, ...(entry?.right && entry.right !== type ? { rightType: entry.right } : {}) };
}

// "dateTime" is "Date time".
function typesOf(table: Catalog["conditions"]): { value: string; label: string }[] {
  const label = (type: string) => type.charAt(0).toUpperCase() + type.slice(1).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return [...new Set(table.map((entry) => entry.type))].map((type) => ({ value: type, label: label(type) }));
}

interface RowProps {
  at: string;
  test: Test;
  name: string;
  table: Catalog["conditions"];
  onSet: (test: Test) => void;
  onDrop: () => void;
}

function TestRow({ at, test, name, table, onSet, onDrop }: RowProps) {
  const { readOnly } = useForm();
  const ofType = (type: string | undefined) => table.filter((entry) => entry.type === type);
  const operation = ofType(test.operator?.type).find((entry) => entry.operation === test.operator?.operation);
  const turn = (type: string) => {
    const rows = ofType(type);
    const next = rows.find((entry) => entry.operation === test.operator?.operation) ?? rows.find((entry) => entry.right) ?? rows[0];
    onSet({ ...test, operator: operatorOf(type, next) });
  };

  return (
    <div className="condition-row" role="group" aria-label={name}>
      <InputGroup fill aria-label={`${name}, left side`} className="code-input" spellCheck={false} disabled={readOnly} value={sideText(test.leftValue)} onValueChange={(text) => onSet({ ...test, leftValue: readSide(text, test.operator?.type) })} />
      <PreviewLine at={`${at}.leftValue`} />
      <div className="condition-operator">
        <HTMLSelect aria-label={`${name}, type`} disabled={readOnly} value={test.operator?.type ?? ""} options={typesOf(table)} onChange={(event) => turn(event.target.value)} />
        <HTMLSelect fill aria-label={`${name}, operation`} disabled={readOnly} value={test.operator?.operation ?? ""} options={ofType(test.operator?.type).map((entry) => ({ value: entry.operation, label: entry.label }))}
          onChange={(event) => onSet({ ...test, operator: operatorOf(test.operator?.type ?? "", ofType(test.operator?.type).find((entry) => entry.operation === event.target.value)) })} />
        <Button variant="minimal" disabled={readOnly} icon={<Cross size={14} />} aria-label={`Remove ${name}`} onClick={onDrop} />
      </div>
      {operation?.right && (
        <InputGroup fill aria-label={`${name}, right side`} className="code-input" spellCheck={false} disabled={readOnly} value={sideText(test.rightValue)} onValueChange={(text) => onSet({ ...test, rightValue: readSide(text, operation.right) })} />
      )}
      <PreviewLine at={`${at}.rightValue`} />
    </div>
  );
}

// Conditions of the catalog's table, joined by "and" or "or".
export function ConditionField({ row, value, at, set }: FieldProps) {
  const { conditions: table, readOnly } = useForm();
  const held = (typeof value === "object" && value !== null ? value : {}) as Condition;
  const tests = held.conditions ?? [];
  const write = (change: Condition) => set({ options, combinator: "and", ...held, ...change });
  const change = (next: Test[]) => (next.length === 0 ? set(undefined) : write({ conditions: next }));

  return (
    <div className="condition-field" role="group" aria-label={row.label}>
      {tests.map((test, index) => (
        <TestRow key={index} at={`${at}.conditions[${index}]`} test={test} name={`Condition ${index + 1}`} table={table} onDrop={() => change(tests.filter((_test, other) => other !== index))}
          onSet={(next) => change(tests.map((other, at) => (at === index ? next : other)))} />
      ))}
      <div className="condition-end">
        <Button size="small" icon={<Add size={14} />} disabled={readOnly} onClick={() => change([...tests, first])}>Add a condition</Button>
        {tests.length > 1 && (
          <HTMLSelect aria-label="How they are joined" disabled={readOnly} value={held.combinator ?? "and"} options={[{ value: "and", label: "All must hold" }, { value: "or", label: "One must hold" }]}
            onChange={(event) => write({ combinator: event.target.value })} />
        )}
      </div>
    </div>
  );
}
