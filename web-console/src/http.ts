// One call over HTTP. It never throws: what went wrong is an answer.

/** `body`: what the server says of it, where it says more. */
export type Trouble =
  | { type: "wrong"; body?: unknown }
  /** Somebody else was there first, or it is in use. */
  | { type: "conflict"; body?: unknown }
  /** Not with this role. */
  | { type: "forbidden" }
  | { type: "missing" }
  | { type: "throttled"; seconds: number }
  | { type: "unreachable" };

export type Answer<T> = { type: "ok"; value: T } | Trouble;

const TROUBLES: Record<number, Trouble> = { 403: { type: "forbidden" }, 404: { type: "missing" }, 409: { type: "conflict" } };

/** `path` below `/api/v1/`. */
export async function ask<T>(path: string, method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" = "GET", body?: unknown): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(new URL(`../api/v1/${path}`, document.baseURI), {
      method,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (response.ok) return { type: "ok", value: (response.status === 204 ? undefined : await response.json().catch(() => undefined)) as T };
  } catch {
    return { type: "unreachable" };
  }
  if (response.status === 429) return { type: "throttled", seconds: Math.max(1, Number(response.headers.get("retry-after")) || 30) };
  if (response.status >= 500) return { type: "unreachable" };
  const trouble = TROUBLES[response.status] ?? { type: "wrong" };
  return trouble.type === "wrong" || trouble.type === "conflict" ? { ...trouble, body: await response.json().catch(() => undefined) } : trouble;
}
