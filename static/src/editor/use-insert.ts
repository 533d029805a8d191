// Way of a pressed field into the parameter that had the cursor last; without one it is copied.

import { useCallback, useRef, type MutableRefObject } from "react";

type Insert = (path: string) => void;

export function useInsert(): [MutableRefObject<Insert | undefined>, Insert] {
  const insert = useRef<Insert>();
  const now = useCallback((path: string) => {
    if (insert.current) insert.current(path);
    else void navigator.clipboard.writeText(`{{ ${path} }}`);
  }, []);
  return [insert, now];
}
