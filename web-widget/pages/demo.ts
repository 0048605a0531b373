// The demonstration page: its buttons call the widget as any page may, through `window.deskbell`.

type Call = (name: string, ...args: unknown[]) => unknown;

function deskbell(name: string, ...args: unknown[]): void {
  // The widget may come later than this file: until then calls wait in a queue.
  const holder = window as unknown as { deskbell?: Call & { q?: unknown[] } };
  const queue: unknown[] = [];
  holder.deskbell ??= Object.assign((...call: unknown[]) => void queue.push(call), { q: queue });
  holder.deskbell(name, ...args);
}

for (const button of document.querySelectorAll<HTMLElement>("[data-ask]")) {
  button.addEventListener("click", () => deskbell("ask", button.dataset["ask"]));
}
for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", () => deskbell("open"));
}

for (const button of document.querySelectorAll<HTMLElement>("[data-call]")) {
  const { call = "", with: argument } = button.dataset;
  button.addEventListener("click", () => deskbell(call, ...(argument === undefined ? [] : [argument])));
}

/** The last so many events are shown. */
const SHOWN = 30;
const heard = document.getElementById("heard");
for (const event of ["ready", "open", "close", "unread", "message", "handoff", "agent", "queue", "ended", "rating", "error"]) {
  deskbell("on", event, (detail?: unknown) => {
    const row = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = event;
    row.append(name, detail === undefined ? "" : ` ${JSON.stringify(detail).slice(0, 120)}`);
    heard?.querySelector(".none")?.remove();
    heard?.append(row);
    while (heard && heard.children.length > SHOWN) heard.firstElementChild?.remove();
    heard?.scrollTo({ top: heard.scrollHeight });
  });
}

const line = document.getElementById("line");
const source = new URL("widget.js", document.baseURI).href;
if (line) line.textContent = `<script async src="${source}" data-site="demo"></script>`;

const copy = document.getElementById("copy");
copy?.addEventListener("click", () => {
  void navigator.clipboard?.writeText(line?.textContent ?? "").then(() => {
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 2_000);
  });
});

export {};
