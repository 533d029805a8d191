// A breaker's host in words.
export function hostText(host: string): string {
  return host === "*" ? "All hosts" : host;
}
