import type { Param } from "../../api/types";
import type { Path } from "../document";

export interface FieldProps {
  row: Param;
  value: unknown;
  id: string; // id of the control, for its label
  at: string; // path of the value, as findings name it
  describedBy: string | undefined;
  isBad: boolean;
  set: (value: unknown, inner?: Path) => void; // undefined: not written at all; inner: of a part of it
}
