import type { ReactNode } from "react";
import { H3 } from "@blueprintjs/core";

export function PageHeader({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <header className="page-header">
      <H3>{title}</H3>
      <div className="page-actions">{children}</div>
    </header>
  );
}
