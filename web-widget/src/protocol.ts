// generated from src/protocol.rs by `UPDATE=1 cargo test protocol`; do not edit

/** Kinds of answer. */
export type AnswerKind = "intent" | "article";

/** What the bot waits for. */
export type Ask = { "slot": string } | "email";

/** Something to tap; goes back as `choice` with `option` = `id`. */
export type Choice = {
/** Opaque. */
id: string,
/** For people. */
label: string, };

/** Anything a client may say. */
export type ClientFrame = { "type": "hello" } & Hello | { "type": "send" } & Send | { "type": "fetch",
/** Chosen by the client, comes back in `res`. */
rid: string,
/** Conversation. */
c: string,
/** Events behind this one, oldest first. */
after?: number,
/** Events before this one, still oldest first. */
before?: number,
/** At most 200. */
limit?: number, } | { "type": "read",
/** Conversation. */
c: string,
/** Last one seen. */
seq: number, } | { "type": "typing",
/** Conversation; a visitor who has none yet leaves it out. */
c?: string,
/** Typing now. */
on: boolean,
/** What stands in the box, where the site allows it. */
preview?: string, } | { "type": "ping",
/** Any number. */
n: number, } | { "type": "handoff",
/** See `fetch`. */
rid: string,
/** Conversation; left out: opens one. */
c?: string,
/** `false`: out of the line and back to the bot. Left out: true. */
on?: boolean, } | { "type": "end",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string, } | { "type": "reopen",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** Agents: as last seen. */
ver?: number, } | { "type": "visit",
/** The page that the visitor looks at. */
page?: Page,
/** As in `hello`; left out: as before. */
attributes?: { [key in string]: string }, } | { "type": "identify",
/** See `fetch`. */
rid: string,
/** Signed token. */
jwt: string, } | { "type": "watch",
/** See `fetch`. */
rid: string,
/** Which. */
view: View, } | { "type": "open",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** Events behind this one; left out: all. */
after?: number, } | { "type": "claim",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** As last seen. */
ver: number,
/** Supervisors: whoever has it. */
force?: boolean, } | { "type": "decline",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string, } | { "type": "assign",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** As last seen. */
ver: number,
/** Whose it is from now on. */
agent: string, } | { "type": "mark",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** All labels from now on: at most 20, of at most 40 characters. */
labels?: Array<string>,
/** My chat, out of the way until then or until the visitor writes; 0: back now. */
snooze?: number,
/** One that has ended, back in the queue then; 0: ended for good. */
follow_up?: number,
/** `normal`, `high` or `urgent`. */
priority?: string, } | { "type": "look",
/** Conversation. */
c?: string, } | { "type": "release",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** As last seen. */
ver: number,
/** To whom. */
to: ReleaseTo, } | { "type": "transfer",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** As last seen. */
ver: number,
/** To whom. */
to: TransferTo,
/** For the colleague's eyes. */
note?: string, } | { "type": "resolve",
/** See `fetch`. */
rid: string,
/** Conversation. */
c: string,
/** As last seen. */
ver: number,
/** Why, in a word or a sentence. */
reason: string,
/** Back in the queue then. */
follow_up?: number, } | { "type": "note",
/** Conversation. */
c: string,
/** As in `send`. */
cmid: string,
/** The note. */
body: NoteBody, } | { "type": "presence",
/** The new state. */
state: PresenceState,
/** Supervisors: whose; left out: one's own. */
agent?: string, };

/** Somebody to transfer to. */
export type Colleague = {
/** Such as `a7`. */
id: string,
/** Name. */
name: string,
/** Now. */
presence: PresenceState,
/** Chats at hand. */
load: number,
/** Places. */
capacity: number,
/** `agent`, `supervisor`, `editor` or `admin`. */
role: string,
/** None: all. */
departments: Array<string>, };

/** A conversation in a list. */
export type Conversation = {
/** Its id. */
c: string,
/** `seq` of the last entry that this reader may see. */
head: number,
/** Rises at every change of owner; what `claim` and the like compare. */
ver: number,
/** Who owns it. */
state: ConversationState,
/** When it began. */
opened_at: number,
/** When the last entry was written. */
updated_at: number,
/** Who has it. */
agent?: From,
/** Department it was handed to. */
department?: string,
/** `normal`, `high` or `urgent`, once handed over. */
priority?: string,
/** Since when the visitor waits for a person. */
waiting_since?: number,
/** Agents only: why the bot handed over. */
reason?: HandoffReason,
/** Language the visitor writes. */
language?: string,
/** Agents only: who the visitor is. */
visitor?: Visitor,
/** The last words, cut short. */
preview?: string,
/** Up to where the other side has read. */
read?: number,
/** Agents only: what it is filed under. */
labels?: Array<string>,
/** Agents only: out of its agent's way until then. */
snoozed_until?: number,
/** Agents only: ended, and back in the queue then. */
follow_up?: number,
/** Agents only: ids of those who are named in a note and have not looked since. */
mentioned?: Array<string>,
/** Agents only: who had it last, where nobody has it. */
last_agent?: From,
/** Agents only: to whom it is offered. */
offered_to?: From, };

/** Who owns the conversation. */
export type ConversationState = "bot" | "waiting" | "assigned" | "closed";

/** The closed list of reasons for a refusal. No other text from inside ever leaves. */
export type ErrorCode = "cmid_conflict" | "too_large" | "invalid" | "rate" | "busy" | "storage" | "closed" | "not_assignee" | "already_claimed" | "at_capacity" | "forbidden" | "not_found" | "queue_full" | "stale" | "version" | "unavailable";

/** An entry of a conversation's log. */
export type Ev = {
/** Conversation. */
c: string,
/** Its place, contiguous from 1. */
seq: number,
/** `seq` of the entry before it that this reader may see; 0 for the first. */
prev: number,
/** The server's id of the entry. */
mid: string,
/** When it was committed. */
at: number,
/** Who. */
from: From,
/** Of the send, where there was one. */
cmid?: string, } & ({ "kind": "text", "body": {
/** Plain text from a visitor, Markdown from bot and agent. */
text: string,
/** Visitor: the option that was tapped. */
option?: string,
/** Visitor: the form that was filled in. */
fields?: { [key in string]: string },
/** Bot: what may be tapped. */
options: Array<Choice>,
/** Bot: what it waits for. */
ask?: Ask, } } | { "kind": "answer", "body": {
/** Markdown. */
text: string,
/** Intent, or article with `#section`. */
id: string,
/** Which of the two. */
kind: AnswerKind,
/** Probability of being right. */
confidence: number,
/** What may be tapped next. */
options: Array<Choice>,
/** Which content answered. */
content_version: string,
/** Where it is written. */
source?: Source,
/** Language of the text. */
language: string, } } | { "kind": "clarify", "body": {
/** The question. */
text: string,
/** At most three and "none of these". */
options: Array<Choice>,
/** Which content asked. */
content_version: string, } } | { "kind": "handoff", "body": {
/** Why. */
reason: HandoffReason,
/** To whom. */
department?: string,
/** How soon: `normal`, `high` or `urgent`. */
priority: string,
/** Agents only: the whole story. */
packet?: Packet, } } | { "kind": "claimed", "body": {
/** Who. */
agent: From, } } | { "kind": "released", "body": {
/** Where it went. */
to: ReleaseTo, } } | { "kind": "transferred", "body": {
/** Where it went. */
to: TransferTo,
/** Name of the colleague, if it is one. */
name?: string,
/** Agents only. */
note?: string, } } | { "kind": "away", "body": {
/** Who. */
agent: From, } } | { "kind": "note", "body": {
/** Plain text. */
text: string,
/** Ids of colleagues whom it names. */
mentions?: Array<string>,
/** A supervisor's words to its agent. */
whisper?: boolean, } } | { "kind": "marked", "body": {
/** All labels from here on. */
labels?: Array<string>,
/** Put off until then; 0: back. */
snoozed_until?: number,
/** Back in the queue then; 0: ended for good. */
follow_up?: number,
/** `normal`, `high` or `urgent`. */
priority?: string, } } | { "kind": "reopened", "body": {
/** With whom. */
to: ReopenedTo, } } | { "kind": "rating", "body": {
/** 1 to 5. */
score: number,
/** Why. */
comment?: string,
/** Of one answer: its `seq`. */
about?: number, } } | { "kind": "closed", "body": {
/** Why; agents only. */
reason?: string,
/** Back in the queue then; agents only. */
follow_up?: number, } });

/** Who wrote an entry. */
export type From = {
/** What kind of somebody. */
kind: FromKind,
/** An agent's id. */
id?: string,
/** An agent's name. */
name?: string, };

/** Kinds of author. */
export type FromKind = "visitor" | "bot" | "agent" | "system";

/** Why the bot handed over. */
export type HandoffReason = "asked" | "low_confidence" | "repeated_failure" | "frustration" | "intent" | "policy";

/** See [`ClientFrame::Hello`]. */
export type Hello = {
/** Must be [`VERSION`]. */
v: number,
/** Id of the tab, made once, kept in it. */
device: string,
/** What an earlier `welcome` gave to keep. */
token?: string,
/** Which site's widget this is. */
site?: string,
/** BCP 47 tag. */
locale?: string,
/** The page that the visitor looks at. */
page?: Page,
/** What the page says of the visitor, at most 16; nobody has signed it. */
attributes?: { [key in string]: string },
/** How much of which conversation is known here. */
resume?: Array<Resume>, };

/** Limits of this connection. */
export type Limits = {
/** Largest frame, bytes. */
frame_bytes: number,
/** Longest text, characters. */
text_chars: number,
/** Messages a second in the long run. */
per_second: number,
/** Messages at once after a rest. */
burst: number, };

/** A person who logged in. */
export type Me = {
/** Such as `a7`. */
id: string,
/** As visitors see it. */
name: string,
/** `agent`, `supervisor`, `editor` or `admin`. */
role: string,
/** None: all. */
departments: Array<string>,
/** Chats at once. */
capacity: number,
/** Now. */
presence: PresenceState,
/** Colleagues who are there. */
colleagues: Array<Colleague>,
/** All departments of the content. */
all_departments: Array<string>, };

/** Content of a note. */
export type NoteBody = {
/** Plain text. */
text: string,
/** Ids of colleagues who shall see it. */
mentions?: Array<string> | null,
/** Supervisors: for its agent to act on now. */
whisper?: boolean | null, };

/** What an operator tells all visitors. */
export type Notice = {
/** In the visitor's language, as far as there is one. */
text: string,
/** Not any more from then on. */
until?: number, };

/** What the human starts from. Sent to agents only. */
export type Packet = {
/** The last question in the visitor's words. */
question: string,
/** Why the bot could not do it alone, one sentence each, in English. */
why: Array<string>,
/** What the engine thought, best first. */
candidates: Array<PacketCandidate>,
/** Answers and passages that were shown, in order. */
shown: Array<PacketShown>,
/** What the bot tried, in order, one line each. */
tried: Array<string>,
/** Slots that are filled. */
slots: { [key in string]: string },
/** Language the visitor writes. */
language: string,
/** Where the visitor was. */
page?: Page,
/** `calm` or `upset`. */
mood: string,
/** First words to send, private until sent. */
suggested_reply?: string, };

/** A candidate in a packet. */
export type PacketCandidate = {
/** Intent or article. */
id: string,
/** Which of the two. */
kind: AnswerKind,
/** For people. */
title: string,
/** Probability of being right. */
confidence: number,
/** File and line of the best match. */
source?: string,
/** What that line says, cut. */
line?: string,
/** The visitor's words that matched it; empty: the text as a whole. */
words: Array<string>, };

/** Something that was shown. */
export type PacketShown = {
/** Intent or article. */
id: string,
/** For people. */
title: string,
/** Whether the visitor said that it did not help. */
rejected: boolean, };

/** A page of the site. */
export type Page = {
/** Address. */
url?: string,
/** Title. */
title?: string,
/** Where the visitor came from. */
referrer?: string, };

/** Whether an agent takes chats. */
export type PresenceState = "online" | "away" | "transfer_only" | "offline";

/** Where a released chat goes. */
export type ReleaseTo = "bot" | "queue";

/** With whom a conversation goes on. */
export type ReopenedTo = "bot" | "queue" | "agent";

/** Answer to a frame with a `rid`. */
export type Res = {
/** As asked. */
rid: string,
/** Done. */
ok: boolean,
/** Not done: why. */
code?: ErrorCode,
/** The conversation as it is now. */
conversation?: Conversation,
/** Answer to `watch`. */
conversations?: Array<Conversation>,
/** Answer to `fetch`. */
events?: Array<Ev>,
/** There are more where these came from; after `watch`: than are listed. */
more?: boolean,
/** Answer to `open`: where the visitor has been while connected, oldest first; at most 20 pages, from memory. */
trail?: Array<Step>,
/** Conversation that `handoff` opened. */
c?: string,
/** Answer to `transfer` into a department's queue: whether somebody is at work there. */
staffed?: boolean,
/** Answer to `identify`: to be kept in the place of the one before. A `welcome` follows. */
token?: string, };

/** "I have this conversation up to here." */
export type Resume = {
/** Conversation. */
c: string,
/** Of the data that `seq` belongs to. */
epoch: string,
/** Last one held without a gap. */
seq: number, };

/** Why a client must start a conversation's cache anew. */
export type ResyncReason = "epoch" | "ahead" | "too_far" | "gone";

/** Whether to try again. */
export type Retry = "never" | "later";

/** See [`ClientFrame::Send`]. */
export type Send = {
/** Conversation; left out: opens one, whose id the `ack` names. */
c?: string,
/** UUID, made once, kept until acked. */
cmid: string,
/** What it is. */
kind: SendKind,
/** The content. */
body: SendBody,
/** Last `seq` the writer had seen. */
seen?: number,
/** W3C `traceparent` of the client's own trace, which the server then goes on with. */
trace?: string, };

/** Content of a [`Send`]. */
export type SendBody = {
/** Plain text. */
text?: string,
/** Id of an option. */
option?: string,
/** Form fields by name. */
fields?: { [key in string]: string },
/** 1 to 5. */
score?: number,
/** Why that score. */
comment?: string,
/** `seq` of the answer that is rated. */
about?: number, };

/** Kinds of [`Send`]. */
export type SendKind = "text" | "choice" | "form" | "rating";

/** Anything the server may say. */
export type ServerFrame = { "type": "welcome" } & Welcome | { "type": "ack",
/** Of the send. */
cmid: string,
/** Conversation. */
c: string,
/** The server's id of the message. */
mid: string,
/** Its place. */
seq: number,
/** When it was committed. */
at: number,
/** It had been stored before. */
dup: boolean, } | { "type": "nack",
/** Of the send. */
cmid: string,
/** Why. */
code: ErrorCode,
/** Whether the same may be sent again. */
retry: Retry,
/** Not before this long. */
after_ms?: number, } | { "type": "ev" } & Ev | { "type": "res" } & Res | { "type": "queue",
/** Conversation. */
c: string,
/** From 1. */
position: number,
/** How long it usually takes, once somebody is there. */
wait_s: Wait,
/** Somebody is online who could come. */
staffed: boolean, } | { "type": "resync",
/** Conversation. */
c: string,
/** Why. */
reason: ResyncReason,
/** Last one there is. */
head: number, } | { "type": "typing",
/** Conversation. */
c: string,
/** Who. */
from: From,
/** Typing now. */
on: boolean,
/** What stands in the box: agents only, where the site allows it. */
preview?: string, } | { "type": "presence",
/** Conversation, if it is about one. */
c?: string,
/** Who. */
from: From,
/** Now. */
state: PresenceState,
/** A colleague's chats at hand, for agents. */
load?: number,
/** A colleague's places, for agents. */
capacity?: number, } | { "type": "page",
/** Conversation. */
c: string,
/** The page, with address and title. */
page: Page,
/** Since when. */
at: number, } | { "type": "read",
/** Conversation. */
c: string,
/** Who read. */
from: From,
/** Up to here. */
seq: number, } | { "type": "conversation" } & Conversation | { "type": "offer",
/** Conversation. */
c: string,
/** Until then; left out: no more. */
until?: number,
/** What it is, while it is offered. */
conversation?: Conversation, } | { "type": "looking",
/** Conversation. */
c: string,
/** All of them, this reader left out. */
agents: Array<From>, } | { "type": "desk",
/** Which: `canned`, `macros`, `views`, `wording`, `departments` or `people`. */
what: string, } | { "type": "notice",
/** In the visitor's language, as far as there is one. */
text?: string,
/** Not any more from then on. */
until?: number, } | { "type": "pong",
/** The number asked with. */
n: number, } | { "type": "drain",
/** This client's share of the window. */
after_ms: number,
/** All reconnects spread over this long. */
window_ms: number, } | { "type": "err",
/** Why. */
code: ErrorCode,
/** Of the frame, if it could be read. */
rid?: string,
/** For `rate` and `busy`. */
after_ms?: number, };

/** What a visitor sees of the shop before the first message, in the visitor's language. */
export type Site = {
/** The shop's name. */
name: string,
/** Language of these texts. */
language: string,
/** Languages that the bot answers in, the default first. */
languages: Array<string>,
/** First words. */
greeting: string,
/** Questions to start from. */
suggested: Array<Choice>,
/** People are there by the opening hours. */
open: boolean,
/** Today's hours for people, such as `8:00–18:00`, where there are any. */
hours?: string,
/** When people are back, where they are not there now. */
opens_at?: number,
/** Somebody is online now. */
staffed: boolean,
/** How long a person usually takes. */
wait_s?: Wait, };

/** An article that an answer quotes. */
export type Source = {
/** For people. */
title: string,
/** Path on this server, such as `/help/returns/how-long#heading`. */
url: string, };

/** A page that a visitor looked at. */
export type Step = {
/** Address, at most 300 characters of it. */
url: string,
/** Title, at most 120 characters of it. */
title?: string,
/** Since when. */
at: number, };

/** Where a transferred chat goes: exactly one of the two. */
export type TransferTo = { "agent": string } | { "department": string };

/** What a site has signed of a visitor. */
export type Verified = {
/** The site's own name for them. */
subject: string,
/** Name. */
name?: string,
/** Address. */
email?: string,
/** More, such as a customer number. */
attributes: { [key in string]: string }, };

/** What an agent may list. */
export type View = "waiting" | "mine" | "department" | "snoozed" | "closed" | "mentioned" | "all";

/** What agents see of a visitor. */
export type Visitor = {
/** Its id. */
id: string,
/** Name that the visitor gave, unverified. */
name?: string,
/** Address that the visitor left, unverified. */
email?: string,
/** BCP 47 tag of the browser. */
locale?: string,
/** Where the visitor is. */
page?: Page,
/** What the page says of the visitor, unverified. */
attributes?: { [key in string]: string },
/** Who the visitor is by the site's signature. */
verified?: Verified,
/** A socket of the visitor is open. */
online: boolean,
/** May not write. */
blocked?: boolean, };

/** A range of waiting time, seconds. */
export type Wait = {
/** Four of five wait at least this long. */
low: number,
/** Four of five wait at most this long. */
high: number, };

/** See [`ServerFrame::Welcome`]. */
export type Welcome = {
/** Name of this connection. */
session: string,
/** Keep it; it opens these conversations from any tab. */
token?: string,
/** Of the data set that every `seq` belongs to. */
epoch: string,
/** The server's clock. */
now: number,
/** How often to `ping`. */
heartbeat_ms: number,
/** What is refused. */
limits: Limits,
/** The visitor's conversations, newest first; for an agent those at hand. */
conversations: Array<Conversation>,
/** For visitors: what to show before the first message. */
site?: Site,
/** For visitors: what all are told, such as that something is broken. */
notice?: Notice,
/** For agents: who they are. */
me?: Me, };
