import { useEffect } from "react";

// The tab's name, which also tells a screen reader that the page has changed.
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tyboo Studio`;
  }, [title]);
}
