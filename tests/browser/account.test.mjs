// One's own login in the console, against the real program: where one is logged in, and the second factor from the first
// code to a recovery code, as a choice and as a duty.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { consoleOf, person, shot, startBrowser, startServer, until, violations } from "./support.mjs";

const ADA = { email: "ada@shop.example", name: "Ada Kern", password: "correct horse battery staple" };

/** What Chromium writes for every answer that is not a success. */
const REFUSED = /console: Failed to load resource: the server responded with a status of (401|403)/;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** RFC 6238, as an app does it: an implementation of its own, so that the server's is not held against itself. */
function totp(secret, steps = 0) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Sets a second factor up where the form stands; gives the secret and the recovery codes. */
async function enroll(page) {
  await page.getByLabel("Your password").fill(ADA.password);
  await page.getByRole("button", { name: "Set it up" }).click();
  const picture = page.getByRole("img", { name: /QR code/ });
  await picture.waitFor();
  assert.ok((await picture.locator("path").getAttribute("d")).length > 1_000);
  const secret = await page.locator("form code").innerText();
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.deepEqual(await violations(page), []);
  await shot(page, `second-factor-${secret.length}`);
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Password or code does not fit.").waitFor();
  await page.getByLabel("Code", { exact: true }).fill(totp(secret, -1));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Keep these ten codes").waitFor();
  const codes = await page.locator("li code").allInnerTexts();
  assert.equal(new Set(codes).size, 10);
  await page.getByRole("button", { name: "I have kept them" }).click();
  return { secret, codes };
}

async function openAccount(page) {
  await page.getByRole("button", { name: "Settings" }).first().click();
  await page.getByRole("button", { name: "Sessions and second factor" }).click();
}

test("sessions are seen and ended, and a second factor guards the next login", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(ADA);
  const [at, elsewhere] = [await person(t, browser), await person(t, browser)];
  for (const one of [at, elsewhere]) one.expect(REFUSED);
  const [page, other] = [await at.newPage(), await elsewhere.newPage()];
  for (const one of [page, other]) {
    await one.goto(`${server.url}/console/`);
    await consoleOf(one).logIn(ADA.email, ADA.password);
    await one.getByRole("button", { name: "Settings" }).first().waitFor();
  }

  await openAccount(page);
  const dialog = page.getByRole("dialog", { name: "Sessions and second factor" });
  await dialog.getByText(/Chrome on Linux, this machine\s+this one/).waitFor();
  assert.deepEqual(await violations(page), []);
  await shot(page, "account");
  await dialog.getByRole("button", { name: "Log out Chrome on Linux" }).click();
  await other.getByText("You were logged out").waitFor();
  await until("one session is left", async () => (await dialog.getByRole("listitem").count()) === 1);

  const { secret, codes } = await enroll(page);
  await dialog.getByText("It is on").waitFor();

  const desk = consoleOf(other);
  await desk.logIn(ADA.email, ADA.password);
  await other.getByLabel("Code", { exact: true }).fill("123456");
  await other.keyboard.press("Enter");
  await other.getByText("The code does not fit").waitFor();
  assert.deepEqual(await violations(other), []);
  await other.getByLabel("Code", { exact: true }).fill(codes[0]);
  await other.keyboard.press("Enter");
  await other.getByRole("button", { name: "Settings" }).first().waitFor();

  await dialog.getByLabel("Your password").fill(ADA.password);
  await dialog.getByLabel("Code", { exact: true }).fill(totp(secret));
  await dialog.getByRole("button", { name: "Take it away" }).click();
  await dialog.getByRole("button", { name: "Set it up" }).waitFor();
  assert.deepEqual(at.trouble(), []);
  assert.deepEqual(elsewhere.trouble(), []);
});

test("where a role needs one, nothing is open before", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t, { config: '[login]\nsecond_factor_for = ["admin"]' });
  await server.addUser({ ...ADA, role: "admin" });
  const context = await person(t, browser);
  context.expect(REFUSED);
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  await consoleOf(page).logIn(ADA.email, ADA.password);
  await page.getByText("Your role needs one").waitFor();
  assert.deepEqual(await violations(page), []);
  await enroll(page);
  await page.getByRole("button", { name: "Settings" }).first().waitFor();
  assert.deepEqual(context.trouble(), []);
});
