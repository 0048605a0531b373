// Which dialog is open. All but the command bar are fetched when they are wanted.

import type { FunctionComponent, VNode } from "preact";
import { dialog, type Dialog } from "../state.ts";
import { Commands } from "./commands.tsx";
import { lazy } from "./lazy.tsx";

const early = () => import("./dialogs.tsx");
const late = () => import("./deeds.tsx");

const PARTS: Record<Exclude<Dialog, "commands">, FunctionComponent> = {
  transfer: lazy(() => early().then((part) => part.Transfer)),
  resolve: lazy(() => early().then((part) => part.Resolve)),
  help: lazy(() => early().then((part) => part.Help)),
  settings: lazy(() => early().then((part) => part.Settings)),
  account: lazy(() => import("./account.tsx").then((part) => part.Account)),
  snooze: lazy(() => late().then((part) => part.Snooze)),
  labels: lazy(() => late().then((part) => part.Labels)),
  macros: lazy(() => late().then((part) => part.Macros)),
  block: lazy(() => late().then((part) => part.Block)),
  bulk: lazy(() => late().then((part) => part.Bulk)),
  view: lazy(() => late().then((part) => part.SaveView)),
  improve: lazy(() => late().then((part) => part.Improve)),
  earlier: lazy(() => late().then((part) => part.Earlier)),
};

export function Dialogs(): VNode | null {
  const which = dialog.value;
  if (which === undefined) return null;
  if (which === "commands") return <Commands />;
  const Part = PARTS[which];
  return <Part key={which} />;
}
