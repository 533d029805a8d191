// Hosts that a credential may be sent to, and the host that a parameter names.

// "https://api.example.com:8443/{{ $json.id }}" with or without "=" before it: "api.example.com:8443". Undefined where it is computed.
export function hostOf(address: unknown): string | undefined {
  if (typeof address !== "string") return undefined;
  return /^=?\s*https?:\/\/(?:[^/@{}]*@)?([^/?#{}\s]+)(?=[/?#]|$)/i.exec(address)?.[1]?.toLowerCase();
}

function matches(pattern: string, host: string): boolean {
  const bare = host.replace(/:\d+$/, "");
  if (pattern.startsWith("*.")) return bare.endsWith(pattern.slice(1));
  return pattern === host || (pattern === bare && !pattern.includes(":"));
}

// An empty list allows every host.
export function allowsHost(hosts: string, host: string): boolean {
  const patterns = hosts.toLowerCase().split(",").map((entry) => entry.trim()).filter(Boolean);
  return patterns.length === 0 || patterns.some((pattern) => matches(pattern, host));
}
