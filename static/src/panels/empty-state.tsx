import type { ReactNode } from "react";
import type { IconComponent } from "../lib/nodes";

interface Props {
  icon: IconComponent;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

// Explains why a list is empty, and what to do about it.
export function EmptyState({ icon: Icon, title, children, action }: Props) {
  return (
    <section className="empty-state">
      <span className="empty-icon"><Icon size={24} /></span>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </section>
  );
}
