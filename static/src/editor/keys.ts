const isMac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);
const words: Record<string, string> = { mod: isMac ? "⌘" : "Ctrl", shift: isMac ? "⇧" : "Shift", enter: "Enter", delete: "Del" };

// A key as people read it: "Ctrl+Shift+Z" of "mod+shift+z".
export function keyText(key: string): string {
  return key.split("+").map((part) => words[part] ?? part.toUpperCase()).join(isMac ? "" : "+");
}
