// Light, dark, or as the system has it; remembered in this browser.

import { useEffect, useState } from "react";

export type Theme = "light" | "dark";

const storageKey = "tyboo-theme";

function initialTheme(): Theme {
  const saved = localStorage.getItem(storageKey);
  if (saved === "light" || saved === "dark") return saved;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function applyTheme(theme: Theme): void {
  document.body.classList.toggle("bp6-dark", theme === "dark");
  document.documentElement.dataset.theme = theme;
}

// Before the first paint, so that a dark room is not lit by a white page.
export function applySavedTheme(): void {
  applyTheme(initialTheme());
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(initialTheme);

  useEffect(() => applyTheme(theme), [theme]);

  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    localStorage.setItem(storageKey, next);
    setTheme(next);
  };
  return [theme, toggle];
}
