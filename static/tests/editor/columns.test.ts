import { expect, test } from "vitest";
import { columnsOf, fieldsOf, findItems, pathText } from "../../src/lib/columns";
import { expressionsOf } from "../../src/editor/use-preview";
import { faultAt } from "../../src/editor/fields/expression-field";

const items = [{ json: { id: 1, user: { name: "Ada" } } }, { json: { id: 2, extra: null, tags: ["x", "y"] } }];

test("columns are of all items, in the order in which they come", () => {
  expect(columnsOf(items)).toEqual(["id", "user", "extra", "tags"]);
  expect(columnsOf([{ json: {} }, "text"])).toEqual([]);
});

test("fields have their types, and the value of the item at hand", () => {
  const fields = fieldsOf(items, 1);
  expect(fields.map((field) => [field.path.join("."), field.types.join()])).toEqual([["id", "number"], ["user", "object"], ["user.name", "text"], ["extra", "null"], ["tags", "list"], ["tags.0", "text"]]);
  expect(fields[0]?.sample).toBe(2);
});

test("a search finds items by any of their text", () => {
  expect(findItems(items, "ADA")).toEqual([0]);
  expect(findItems(items, "nothing")).toEqual([]);
  expect(findItems(items, " ")).toBeUndefined();
});

test("a path is written as JavaScript reads it", () => {
  expect(pathText("$json", ["user", "first name", 0, "a\"b"])).toBe(`$json.user["first name"][0]["a\\"b"]`);
});

test("every expression of a form has its path", () => {
  expect(expressionsOf({ url: "={{ $json.u }}", plain: "=x", list: [{ value: "=a {{ 1 }}" }], no: "{{ 1 }}" })).toEqual({ "params.url": "={{ $json.u }}", "params.list[0].value": "=a {{ 1 }}" });
});

test("a fault is found in the text by its line and column", () => {
  const text = "{{ $json.user.nope() }}";
  expect(faultAt(text, { line: 1, column: 5 })).toBe(6);
  expect(faultAt("no script", { line: 1, column: 5 })).toBeUndefined();
  expect(faultAt(text, undefined)).toBeUndefined();
});
