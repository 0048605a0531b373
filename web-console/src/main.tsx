import { effect } from "@preact/signals";
import { render } from "preact";
import { lang, pick } from "./i18n.ts";
import { keepTitle } from "./notify.ts";
import { load, prefs } from "./prefs.ts";
import { phone } from "./state.ts";
import { App } from "./ui/app.tsx";

load();
lang.value = prefs.value.lang ?? pick(navigator.languages);
effect(() => {
  document.documentElement.lang = lang.value;
});
keepTitle();

const narrow = matchMedia("(max-width: 760px)");
phone.value = narrow.matches;
narrow.addEventListener("change", () => (phone.value = narrow.matches));

const root = document.getElementById("root");
if (root) render(<App />, root);
