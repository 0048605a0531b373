// One's own login, over HTTP: sessions, and the second factor.

import { ask, type Answer } from "./http.ts";

export type Session = { id: string; device: string; address: string; since: number; seen: number; current: boolean };

/** What an app must be told; shown once. */
export type Enrollment = { secret: string; uri: string; picture: { size: number; path: string } | null };

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
