import { useId, useState, type ComponentType, type DragEvent } from "react";
import { Button } from "@blueprintjs/core";
import { Function as FunctionIcon } from "@blueprintjs/icons";
import type { Param } from "../api/types";
import type { Path } from "./document";
import { FieldFindings } from "./field-findings";
import { ChoiceField, SwitchField } from "./fields/choice-fields";
import { CodeField } from "./fields/code-field";
import { ConditionField } from "./fields/condition-field";
import { CredentialField } from "./fields/credential-field";
import type { FieldProps } from "./fields/field";
import { JsonField } from "./fields/json-field";
import { ListField } from "./fields/list-field";
import { NumberField } from "./fields/number-field";
import { ExpressionField } from "./fields/expression-field";
import { LongTextField, TextField } from "./fields/text-fields";
import { WorkflowField } from "./fields/workflow-field";
import { findingsAt } from "./findings";
import { useForm } from "./form-context";
import { PreviewLine } from "./preview-line";
import { fieldType, isField } from "../lib/field-drag";
import { isExpression, isShown, type Values } from "../lib/show-when";

// By the row's type: a new node has its form with no line here.
const fields: Record<Param["type"], ComponentType<FieldProps>> = {
  string: TextField,
  text: LongTextField,
  code: CodeField,
  url: TextField,
  int: NumberField,
  number: NumberField,
  bool: SwitchField,
  enum: ChoiceField,
  json: JsonField,
  list: ListField,
  credential: CredentialField,
  id: WorkflowField,
  condition: ConditionField,
};

// Fields that hold fields of their own, which show the findings of theirs themselves; of these the label names a group.
const groups = new Set<Param["type"]>(["list"]);
const unlabelled = new Set<Param["type"]>(["list", "condition", "code"]);

// A value that stands there goes along into the expression, and back where the expression computes nothing.
function toExpression(value: unknown): string {
  if (value == null || value === "") return "={{  }}";
  return typeof value === "string" ? `=${value}` : `={{ ${JSON.stringify(value)} }}`;
}

function toFixed(text: string): unknown {
  const plain = text.slice(1);
  return plain.includes("{{") || plain === "" ? undefined : plain;
}

interface RowProps {
  row: Param;
  value: unknown;
  at: string;
  onSet: (path: Path, value: unknown) => void;
}

function ExpressionToggle({ row, value, onSet }: Omit<RowProps, "at">) {
  const { readOnly } = useForm();
  const isOn = isExpression(row, value) || (row.type === "condition" && typeof value === "string");
  return (
    <Button size="small" variant="minimal" className="expression-toggle" disabled={readOnly} active={isOn} icon={<FunctionIcon size={14} />} aria-pressed={isOn} aria-label={`${row.label} as an expression`}
      title={isOn ? "An expression; press for a fixed value" : "A fixed value; press for an expression"} onClick={() => onSet([row.name], isOn ? toFixed(String(value)) : row.type === "condition" ? "={{  }}" : toExpression(value))} />
  );
}

function ParamRow({ row, value, at, onSet }: RowProps) {
  const id = useId();
  const here = findingsAt(useForm().findings, at, !groups.has(row.type));
  const form = useForm();
  const [isOver, setOver] = useState(false);
  const isCode = isExpression(row, value);
  const Field = isCode ? ExpressionField : fields[row.type];
  const takes = row.expr && row.type !== "code" && row.type !== "condition" && !form.readOnly;
  const take = (path: string) => onSet([row.name], isCode ? `${value}{{ ${path} }}` : `={{ ${path} }}`);
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!takes || !isField(event) || event.defaultPrevented) return;
    event.preventDefault();
    take(event.dataTransfer.getData(fieldType));
  };
  const notes = [row.help && `${id}-help`, here.length > 0 && `${id}-findings`].filter(Boolean).join(" ") || undefined;

  return (
    <div className={isOver ? "param is-over" : "param"} data-path={at} onDrop={onDrop} onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDragOver={(event) => { if (takes && isField(event)) { event.preventDefault(); setOver(true); } }} onFocus={() => { if (takes && !isCode) form.insert.current = take; }}>
      <div className="param-head">
        {unlabelled.has(row.type) && Field !== ExpressionField ? <span className="param-label">{row.label}</span> : <label className="param-label" htmlFor={id}>{row.label}</label>}
        {row.required && <span className="quiet">required</span>}
        {row.expr && row.type !== "code" && <ExpressionToggle row={row} value={value} onSet={onSet} />}
      </div>
      <Field row={row} value={value} id={id} at={at} describedBy={notes} isBad={here.some((finding) => finding.severity === "error")} set={(to, inner = []) => onSet([row.name, ...inner], to)} />
      {isCode && <PreviewLine at={at} />}
      {row.help && <p className="field-note" id={`${id}-help`}>{row.help}</p>}
      <FieldFindings id={`${id}-findings`} findings={here} />
    </div>
  );
}

interface Props {
  table: Param[];
  values: Values;
  at: string; // "params", an entry of a list in it; "": the node itself
  onSet: (path: Path, value: unknown) => void;
}

// The rows of a table that count, the seldom used ones folded away; those of them that have a value or a finding open them.
export function ParamRows({ table, values, at, onSet }: Props) {
  const { findings } = useForm();
  const rows = table.filter((row) => isShown(table, row, values));
  const pathOf = (row: Param) => (at === "" ? row.name : `${at}.${row.name}`);
  const print = (row: Param) => <ParamRow key={row.name} row={row} value={values[row.name]} at={pathOf(row)} onSet={onSet} />;
  const seldom = rows.filter((row) => row.advanced);
  const isOpen = seldom.some((row) => values[row.name] !== undefined || findingsAt(findings, pathOf(row), true).length > 0);

  return (
    <>
      {rows.filter((row) => !row.advanced).map(print)}
      {seldom.length > 0 && <details className="seldom" open={isOpen || undefined}><summary>More options</summary>{seldom.map(print)}</details>}
    </>
  );
}
