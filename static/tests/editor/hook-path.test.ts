import { expect, test } from "vitest";
import { takesMethod, takesPath } from "../../src/lib/hook-path";

test.each([["a/b", "a/b", true], ["/a/b", "a/b/", true], ["a/:id", "a/7", true], ["a/:id", "a", false], ["a/:id", "a/7/c", false], ["a", "A", false]])("%s takes %s: %s", (route, path, takes) => expect(takesPath(route, path)).toBe(takes));

test("any method is any", () => {
  expect([takesMethod("ANY", "PUT"), takesMethod("POST", "POST"), takesMethod("POST", "GET")]).toEqual([true, true, false]);
});
