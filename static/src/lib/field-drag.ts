// Fields of the input that are dragged into a parameter.

import type { DragEvent } from "react";

export const fieldType = "application/x-tyboo-field";

export function beginDrag(event: DragEvent, path: string): void {
  event.dataTransfer.setData(fieldType, path);
  event.dataTransfer.setData("text/plain", `{{ ${path} }}`);
  event.dataTransfer.effectAllowed = "copy";
}

export function isField(event: DragEvent): boolean {
  return event.dataTransfer.types.includes(fieldType);
}
