import { formatAgo, formatTime } from "../lib/format";

export function TimeAgo({ at }: { at: string }) {
  return <time dateTime={at} title={formatTime(at)}>{formatAgo(at)}</time>;
}
