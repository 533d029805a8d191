import type { RunError } from "../api/types";

// Words for the place of an error, from the outside in. Runs of releases whose errors had no place say
// their item alone.
export function errorPlace(error: RunError, nodeName?: string): string[] {
  const place = error.place;
  const item = place?.item ?? error.item;
  return [
    nodeName && `Step “${nodeName}”`,
    place?.iteration != null && `iteration ${place.iteration + 1}`,
    place?.attempt != null && place.attempt > 1 && `attempt ${place.attempt}`,
    item != null && `item ${item}`,
    place?.parameter && `parameter ${place.parameter}`,
    place?.line != null && `line ${place.line}${place.column != null ? `, column ${place.column}` : ""}`,
  ].filter((part): part is string => Boolean(part));
}
