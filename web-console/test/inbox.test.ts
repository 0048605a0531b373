import assert from "node:assert/strict";
import { test } from "node:test";

import type { Conversation } from "../../web-widget/src/protocol.ts";
import { changed, counts, EMPTY, groups, hasMore, listed, reconnected, type Inbox, type Listed, type Shown } from "../src/inbox.ts";

const ME = "a1";

function conversation(c: string, more: Partial<Conversation> = {}): Conversation {
  return { c, head: 1, ver: 1, state: "waiting", opened_at: 0, updated_at: 100, waiting_since: 100, visitor: { id: c, online: true }, ...more };
}

function of(...list: Conversation[]): Inbox {
  return list.reduce(changed, EMPTY);
}

function ids(inbox: Inbox, shown: Shown, match = ""): string {
  return groups(inbox, shown, ME, match)
    .map((group) => `${group.kind}: ${group.items.map((item) => item.c).join(" ")}`)
    .join(" | ");
}

const assigned = (c: string, id: string, more: Partial<Conversation> = {}) => conversation(c, { state: "assigned", agent: { kind: "agent", id, name: id }, ...more });

test("waiting: urgent before high before the rest, then the longest wait", () => {
  const inbox = of(
    conversation("young", { waiting_since: 300 }),
    conversation("old", { waiting_since: 100 }),
    conversation("high", { waiting_since: 400, priority: "high" }),
    conversation("urgent", { waiting_since: 500, priority: "urgent" }),
    conversation("strange", { waiting_since: 50, priority: "whatever" }),
  );
  assert.equal(ids(inbox, { kind: "waiting" }), "waiting: urgent high strange old young");
});

test("views are filters over one map", () => {
  const inbox = of(conversation("w"), assigned("m", ME), assigned("o", "a2", { department: "orders" }), conversation("b", { state: "bot" }), conversation("x", { state: "closed" }));
  const table: [Shown, string][] = [
    [{ kind: "all" }, "waiting: w | mine: m | colleagues: o"],
    [{ kind: "mine" }, "mine: m"],
    [{ kind: "bot" }, "bot: b"],
    [{ kind: "closed" }, "closed: x"],
    [{ kind: "department", name: "orders" }, "colleagues: o"],
  ];
  for (const [shown, want] of table) assert.equal(ids(inbox, shown), want);
});

test("counts leave out the bot's and the closed ones", () => {
  const inbox = of(conversation("w", { department: "orders" }), assigned("m", ME, { department: "orders" }), conversation("b", { state: "bot", department: "orders" }), conversation("x", { state: "closed" }));
  const tally = counts(inbox, ME);
  assert.deepEqual([tally.waiting, tally.mine, tally.all, tally.bot, tally.departments.get("orders")], [1, 1, 2, 1, 2]);
});

test("a conversation whose state no longer fits leaves the view", () => {
  const inbox = changed(of(conversation("w")), assigned("w", "a2", { ver: 2 }));
  assert.equal(ids(inbox, { kind: "waiting" }), "");
  assert.equal(ids(inbox, { kind: "all" }), "colleagues: w");
});

test("an older form never replaces a newer one, whatever brought it", () => {
  const inbox = of(assigned("w", "a2", { ver: 3 }));
  assert.equal(ids(changed(inbox, conversation("w", { ver: 2 })), { kind: "all" }), "colleagues: w");
  assert.equal(ids(listed(inbox, "waiting", [conversation("w", { ver: 2 })], ME), { kind: "all" }), "colleagues: w");
});

test("after a reconnect the lists say what is left; a change heard meanwhile stays", () => {
  const before = of(conversation("left"), conversation("stays"), assigned("lost", ME));
  let inbox = reconnected(before);
  inbox = changed(inbox, conversation("new", { ver: 5 }));
  inbox = listed(inbox, "waiting", [conversation("stays")], ME);
  assert.equal(ids(inbox, { kind: "waiting" }), "waiting: new stays");
  assert.equal(ids(inbox, { kind: "mine" }), "mine: lost", "another list says nothing about mine");
  assert.equal(ids(listed(inbox, "mine", [], ME), { kind: "mine" }), "");
});

test("the list of everything may be cut short, so absence from it removes nothing", () => {
  const inbox = listed(reconnected(of(conversation("w"), conversation("b", { state: "bot" }))), "all", [], ME);
  assert.equal(inbox.all.size, 2);
});

test("finding looks at names, words, pages and departments", () => {
  const inbox = of(conversation("a", { visitor: { id: "a", name: "Amélie", online: true } }), conversation("b", { preview: "my LAMP" }), conversation("c", { department: "returns" }));
  assert.equal(ids(inbox, { kind: "waiting" }, "améL"), "waiting: a");
  assert.equal(ids(inbox, { kind: "waiting" }, "lamp"), "waiting: b");
  assert.equal(ids(inbox, { kind: "waiting" }, "return"), "waiting: c");
  assert.equal(ids(inbox, { kind: "waiting" }, "nothing"), "");
});

test("a view whose lists were cut short says so, and no other", () => {
  const table: [Listed, string][] = [
    ["waiting", "waiting all"],
    ["mine", "mine all"],
    ["department", "all department"],
    ["all", "bot"],
    ["closed", "closed"],
  ];
  const views: Shown[] = [{ kind: "waiting" }, { kind: "mine" }, { kind: "all" }, { kind: "bot" }, { kind: "closed" }, { kind: "department", name: "orders" }];
  for (const [list, told] of table) {
    const more = views.filter((shown) => hasMore(shown, new Set([list])));
    assert.equal(more.map((shown) => shown.kind).join(" "), told, list);
    assert.ok(!views.some((shown) => hasMore(shown, new Set())));
  }
});
