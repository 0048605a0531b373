// Puts the script of a Deskbell server on the page once, and hands out what it brings. Calls wait until it is there.

/** @type {Promise<import("./index.d.ts").Deskbell> | null} */
let coming = null;

/** @type {typeof import("./index.d.ts").load} */
export function load({ src, site, nonce, integrity, ...data }) {
  coming ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.async = true;
    script.src = src;
    if (nonce) script.nonce = nonce;
    if (integrity) Object.assign(script, { integrity, crossOrigin: "anonymous" });
    for (const [name, value] of Object.entries({ site, ...data })) if (value !== undefined) script.dataset[name] = String(value);
    script.onload = () => (window.deskbell?.ready ? done(window.deskbell) : failed(new Error(`${src} brought no widget`)));
    script.onerror = () => {
      coming = null;
      script.remove();
      failed(new Error(`${src} did not load`));
    };
    document.head.append(script);
  });
  return coming;
}

/** @type {typeof import("./index.d.ts").deskbell} */
export function deskbell(name, ...args) {
  window.deskbell ??= Object.assign((...call) => void window.deskbell.q.push(call), { q: [] });
  return window.deskbell(name, ...args);
}
