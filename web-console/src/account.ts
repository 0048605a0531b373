// One's own login, over HTTP: sessions, and the second factor.

export type Session = { id: string; device: string; address: string; since: number; seen: number; current: boolean };

/** What an app must be told; shown once. */
export type Enrollment = { secret: string; uri: string; picture: { size: number; path: string } | null };

export type Trouble = { type: "wrong" } | { type: "throttled"; seconds: number } | { type: "unreachable" };

export type Answer<T> = { type: "ok"; value: T } | Trouble;

export async function sessions(): Promise<Answer<Session[]>> {
  const answer = await ask<{ sessions: Session[] }>("sessions", "GET");
  return answer.type === "ok" ? { type: "ok", value: answer.value.sessions } : answer;
}

export function endSession(id: string): Promise<Answer<undefined>> {
  return ask(`sessions/${encodeURIComponent(id)}`, "DELETE");
}

export function begin(password: string): Promise<Answer<Enrollment>> {
  return ask("second-factor", "POST", { password });
}

export async function confirm(code: string): Promise<Answer<string[]>> {
  const answer = await ask<{ recovery: string[] }>("second-factor/confirm", "POST", { code });
  return answer.type === "ok" ? { type: "ok", value: answer.value.recovery } : answer;
}

export function remove(password: string, code: string): Promise<Answer<undefined>> {
  return ask("second-factor/remove", "POST", { password, code });
}

async function ask<T>(path: string, method: string, body?: unknown): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(new URL(`../api/v1/${path}`, document.baseURI), {
      method,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch {
    return { type: "unreachable" };
  }
  if (response.ok) return { type: "ok", value: (response.status === 204 ? undefined : await response.json()) as T };
  if (response.status === 429) return { type: "throttled", seconds: Math.max(1, Number(response.headers.get("retry-after")) || 30) };
  return response.status >= 500 ? { type: "unreachable" } : { type: "wrong" };
}
