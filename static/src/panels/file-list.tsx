import { AnchorButton } from "@blueprintjs/core";
import { Download } from "@blueprintjs/icons";
import { downloadAddress } from "../api/client";
import { blobPath } from "../api/executions";
import { formatBytes } from "../lib/format";

export interface FileEntry {
  key: string;
  blob: string;
  mime: string;
  name: string;
  bytes: number;
}

// The files that items name in "binary": each by its item and its name there.
export function filesIn(items: unknown[]): FileEntry[] {
  return items.flatMap((item, i) => {
    const binary = (item as { binary?: Record<string, Partial<FileEntry>> } | null)?.binary ?? {};
    return Object.entries(binary).flatMap(([key, file]) =>
      typeof file?.blob === "string"
        ? [{ key: items.length > 1 ? `${i}: ${key}` : key, blob: file.blob, mime: file.mime ?? "", name: file.name ?? "", bytes: Number(file.bytes ?? 0) }]
        : [],
    );
  });
}

interface Props {
  files: FileEntry[];
  workspace: string;
  execution: string;
}

export function FileList({ files, workspace, execution }: Props) {
  if (files.length === 0) return null;
  return (
    <ul className="file-list" aria-label="Files">
      {files.map((file) => (
        <li key={`${file.key} ${file.blob}`}>
          <code>{file.key}</code>
          <span>{file.name || "unnamed"}</span>
          <span className="quiet">
            {file.mime}, {formatBytes(file.bytes)}
          </span>
          <AnchorButton size="small" variant="minimal" icon={<Download size={14} />} download={file.name || file.key}
            href={downloadAddress(blobPath(workspace, execution, file))}>
            Download
          </AnchorButton>
        </li>
      ))}
    </ul>
  );
}
