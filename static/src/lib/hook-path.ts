// Does a webhook's path take another? A part such as ":id" takes any text.

function partsOf(path: string): string[] {
  return path.replace(/^\/+|\/$/g, "").split("/");
}

export function takesPath(route: string, path: string): boolean {
  const [own, asked] = [partsOf(route), partsOf(path)];
  return own.length === asked.length && own.every((part, index) => (part.startsWith(":") ? asked[index] !== "" : part === asked[index]));
}

export function takesMethod(method: string, asked: string): boolean {
  return method === asked || method === "ANY" || method === "*";
}
