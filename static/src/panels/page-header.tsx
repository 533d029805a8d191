import type { ReactNode } from "react";

interface Props {
  title: ReactNode;
  above?: ReactNode;
  children?: ReactNode;
}

export function PageHeader({ title, above, children }: Props) {
  return (
    <div className="page-header">
      <div className="page-title">
        {above && <div className="crumbs">{above}</div>}
        <h1>{title}</h1>
      </div>
      {children && <div className="page-actions">{children}</div>}
    </div>
  );
}
