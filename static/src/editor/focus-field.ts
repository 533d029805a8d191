// Put the cursor into the field that a path names, once its form is there.
export function focusField(path: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const rows = [...document.querySelectorAll<HTMLElement>("[data-path]")].filter((row) => path === row.dataset.path || path.startsWith(`${row.dataset.path}.`) || path.startsWith(`${row.dataset.path}[`));
    const field = rows.at(-1);
    field?.scrollIntoView({ block: "center" });
    const editor = field?.querySelector(".expression-host, .code-field")?.shadowRoot?.querySelector<HTMLElement>(".cm-content");
    (editor ?? field?.querySelector<HTMLElement>("input, select, textarea, button"))?.focus();
  }));
}
