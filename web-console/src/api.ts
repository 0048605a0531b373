// The three HTTP calls of a session. Everything else goes over the socket.

export type Person = { id: string; name: string; role: string; second_factor?: "on" | "off" | "required" };

export type LoginResult =
  | { type: "ok" }
  | { type: "wrong" }
  /** The password is right; a code is needed as well. */
  | { type: "code" }
  /** Not the person, the way here: such as a proxy that changes the host. */
  | { type: "origin" }
  | { type: "throttled"; seconds: number }
  | { type: "unreachable" };

const JSON_TYPE = { "content-type": "application/json" };

export async function login(email: string, password: string, code?: string): Promise<LoginResult> {
  const response = await call("login", { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ email, password, ...(code ? { code } : {}) }) });
  if (!response || response.status >= 500) {
    return response?.status === 503 && response.headers.has("retry-after") ? throttled(response) : { type: "unreachable" };
  }
  if (response.status === 202) return { type: "code" };
  if (response.ok) return { type: "ok" };
  if (response.status === 403) return { type: "origin" };
  return response.status === 429 ? throttled(response) : { type: "wrong" };
}

/** Who is logged in; `undefined`: nobody; `null`: the server did not answer. */
export async function me(): Promise<Person | undefined | null> {
  const response = await call("me", {});
  if (!response || response.status >= 500) return null;
  if (!response.ok) return undefined;
  return (await response.json()) as Person;
}

export async function logout(): Promise<void> {
  await call("logout", { method: "POST", headers: JSON_TYPE, body: "{}" });
}

async function call(path: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(new URL(`../api/v1/${path}`, document.baseURI), { credentials: "same-origin", cache: "no-store", ...init });
  } catch {
    return undefined;
  }
}

function throttled(response: Response): LoginResult {
  const seconds = Number(response.headers.get("retry-after") ?? "30");
  return { type: "throttled", seconds: Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : 30 };
}
