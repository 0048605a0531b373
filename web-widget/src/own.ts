/** Asks for what is kept of this visitor, or to forget it; null: it could not be done. */
export async function own(base: string, what: "export" | "erase", token: string | null): Promise<Response | null> {
  try {
    const answer = await fetch(`${base}api/v1/visitor/${what}`, { method: "POST", headers: { "content-type": "application/json" }, credentials: "omit", body: JSON.stringify({ token }) });
    // Nobody has this token any more: what was to be erased is gone.
    return answer.ok || (what === "erase" && answer.status === 404) ? answer : null;
  } catch {
    return null;
  }
}
