// One way to the API: JSON in and out, problem+json as a typed error, the CSRF token on unsafe methods.

import { formatJson, parseJson } from "../lib/lossless";
import type { Problem } from "./types";

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

let csrfToken = "";

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

type Query = Record<string, string | number | undefined>;

function addressOf(path: string, query?: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return `/api/v1${path}${text === "" ? "" : `?${text}`}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = { status: response.status, title: response.statusText || "The server did not answer as it should" };
  try {
    return { ...fallback, ...(parseJson(await response.text()) as Partial<Problem>) };
  } catch {
    return fallback;
  }
}

// Address that the browser itself can load an answer from, as a download.
export function downloadAddress(path: string): string {
  return addressOf(path);
}

// The first characters of an answer; the rest is not loaded.
export async function requestStart(path: string, bytesMax: number): Promise<string> {
  const response = await send(addressOf(path), { method: "GET", headers: { Accept: "application/json" } });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let taken = 0; reader !== undefined && taken < bytesMax; ) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, bytesMax - taken), { stream: true });
    taken += value.length;
  }
  await reader?.cancel();
  return text;
}

async function send(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...init });
  } catch {
    throw new ApiError({ status: 0, title: "The server cannot be reached", hint: "Check the connection and try again." });
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

export async function request<T>(method: string, path: string, options: { query?: Query; body?: unknown; key?: string; revision?: number } = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  if (options.key !== undefined) headers["Idempotency-Key"] = options.key;
  if (options.revision !== undefined) headers["If-Match"] = `"${options.revision}"`;

  const response = await send(addressOf(path, options.query), {
    method,
    headers,
    body: options.body === undefined ? undefined : formatJson(options.body),
  });
  return (response.status === 204 ? undefined : parseJson(await response.text())) as T;
}
