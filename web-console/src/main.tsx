import { effect } from "@preact/signals";
import { render } from "preact";
import { lang, pick } from "./i18n.ts";
import { keepTitle } from "./notify.ts";
import { load, prefs } from "./prefs.ts";
import { App } from "./ui/app.tsx";

load();
lang.value = prefs.value.lang ?? pick(navigator.languages);
effect(() => {
  document.documentElement.lang = lang.value;
});
keepTitle();

const root = document.getElementById("root");
if (root) render(<App />, root);
