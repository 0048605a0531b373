// What was typed and not sent, one text a conversation and tab of the composer, through reloads.

import { signal } from "@preact/signals";
import { readJson, write } from "./prefs.ts";

export type Mode = "text" | "note";

const NAME = "deskbell.drafts";
const KEEP = 200;

/** By person, so that two who share a browser never see each other's words. */
let owner = "";

export const drafts = signal<Record<string, string>>({});

export function openFor(person: string): void {
  owner = person;
  drafts.value = readJson<Record<string, string>>(`${NAME}.${owner}`) ?? {};
}

export function draft(c: string, mode: Mode): string {
  return drafts.value[`${mode}:${c}`] ?? "";
}

export function setDraft(c: string, mode: Mode, text: string): void {
  const { [`${mode}:${c}`]: _old, ...rest } = drafts.value;
  const entries = Object.entries(rest).slice(1 - KEEP);
  if (text !== "") entries.push([`${mode}:${c}`, text]);
  drafts.value = Object.fromEntries(entries);
  write(`${NAME}.${owner}`, entries.length > 0 ? JSON.stringify(drafts.value) : undefined);
}

/** Puts words back in front of what is being typed: nothing may be lost, nothing overwritten. */
export function giveBack(c: string, mode: Mode, text: string): void {
  const now = draft(c, mode);
  setDraft(c, mode, now.trim() === "" || now === text ? text : `${text}\n\n${now}`);
}
