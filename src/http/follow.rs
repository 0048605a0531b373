//! The logs that a session follows: how far each is written, and what is still to be written.
//!
//! Entries are pulled: the session asks the desk for what comes after the last one, and only while the outbox has
//! room. So live delivery, replay and a gap after a burst are one path, and a long replay never fills the outbox.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use metrics::counter;

use super::entries;
use super::socket::{End, Socket};
use super::wire::{self, Names, Reader};
use crate::conversation::{Entry, State};
use crate::desk::Desk;
use crate::protocol::{CloseCode, ServerFrame};
use crate::store::{Range, Side};
use crate::types::{ConversationId, Seq};

/// Entries that are read at once.
const PAGE: u32 = 64;

/// A reader who is so many entries behind while nothing moves is too slow.
const LAG: u64 = 256;

/// A followed log.
struct Log {
    /// Everything up to here is written.
    last: Seq,
    /// Last entry up to there that the reader sees: `prev` of the next one.
    prev: Seq,
    /// Up to here it is replay, and a long way behind is no fault of the reader.
    replay: Seq,
    /// As last seen.
    state: Arc<State>,
}

/// See the module.
pub(super) struct Followed {
    reader: Reader,
    logs: HashMap<ConversationId, Log>,
    behind: VecDeque<ConversationId>,
    /// The store failed: not before the next look at the clocks.
    paused: bool,
    /// It failed when these were to be looked at: the hint is gone, so they are remembered here.
    doubtful: BTreeSet<ConversationId>,
}

impl Followed {
    /// Follows nothing.
    pub(super) fn new(reader: Reader) -> Self {
        Self { reader, logs: HashMap::new(), behind: VecDeque::new(), paused: false, doubtful: BTreeSet::new() }
    }

    /// Follows a log from the end on.
    pub(super) fn follow_end(&mut self, c: ConversationId, state: Arc<State>) {
        let prev = self.head(&state);
        self.logs.insert(c, Log { last: state.head, prev, replay: state.head, state });
    }

    /// Follows a log from behind `last` on; `prev` is the last entry up to there that the reader sees.
    pub(super) fn follow_after(&mut self, c: ConversationId, last: Seq, prev: Seq, state: Arc<State>) {
        let late = state.head > last;
        counter!("replay_events_total").increment(state.head.0.saturating_sub(last.0));
        self.logs.insert(c, Log { last, prev, replay: state.head, state });
        if late {
            self.late(c);
        }
    }

    /// Takes what has become of a followed log.
    pub(super) fn update(&mut self, c: ConversationId, state: Arc<State>) {
        if let Some(log) = self.logs.get_mut(&c) {
            let late = state.head > log.last;
            log.state = state;
            if late {
                self.late(c);
            }
        }
    }

    /// No longer.
    pub(super) fn remove(&mut self, c: ConversationId) {
        self.logs.remove(&c);
    }

    /// The last state seen of a followed log.
    pub(super) fn state(&self, c: ConversationId) -> Option<&Arc<State>> {
        self.logs.get(&c).map(|l| &l.state)
    }

    /// All followed logs.
    pub(super) fn all(&self) -> impl Iterator<Item = (ConversationId, &Arc<State>)> {
        self.logs.iter().map(|(c, l)| (*c, &l.state))
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.logs.len()
    }

    /// Whether something is still to be written.
    pub(super) fn is_behind(&self) -> bool {
        !self.behind.is_empty() && !self.paused
    }

    /// The store failed when this one was to be looked at.
    pub(super) fn doubt(&mut self, c: ConversationId) {
        self.doubtful.insert(c);
    }

    /// Tries again after a failure of the store; gives what must be looked at.
    pub(super) fn resume(&mut self) -> BTreeSet<ConversationId> {
        self.paused = false;
        std::mem::take(&mut self.doubtful)
    }

    /// Last entry that this reader sees.
    pub(super) fn head(&self, state: &State) -> Seq {
        match self.reader {
            Reader::Visitor => state.visitor_head,
            Reader::Agent => state.head,
        }
    }

    fn late(&mut self, c: ConversationId) {
        if !self.behind.contains(&c) {
            self.behind.push_back(c);
        }
    }

    /// Writes what is still to be written, as far as there is room.
    ///
    /// # Errors
    /// [`CloseCode::Slow`] where the reader has fallen too far behind what happens live.
    pub(super) async fn pump(&mut self, desk: &Desk, socket: &mut Socket) -> Result<(), End> {
        let names = |id| desk.name_of(id);
        while let Some(&c) = self.behind.front().filter(|_| !self.paused) {
            let Some(log) = self.logs.get_mut(&c) else {
                self.behind.pop_front();
                continue;
            };
            if !socket.has_room() {
                let written = log.last.max(log.replay).0;
                return if log.state.head.0.saturating_sub(written) > LAG {
                    counter!("outbox_overflow_total").increment(1);
                    Err(CloseCode::Slow.into())
                } else {
                    Ok(())
                };
            }
            let range = Range { after: log.last, before: None, limit: PAGE, side: Side::First };
            let Ok(entries) = desk.entries(c, range).await else {
                self.paused = true;
                return Ok(());
            };
            let (count, mut taken) = (entries.len(), 0);
            for entry in entries {
                if !socket.has_room() {
                    break;
                }
                taken += 1;
                log.write(c, entry, self.reader, &names, socket)?;
            }
            if taken == count && count < PAGE as usize {
                self.behind.pop_front();
            }
        }
        Ok(())
    }
}

impl Log {
    fn write(
        &mut self,
        c: ConversationId,
        entry: Entry,
        reader: Reader,
        names: Names<'_>,
        socket: &mut Socket,
    ) -> Result<(), End> {
        self.last = entry.seq;
        if !wire::visible(&entry, reader) {
            return Ok(());
        }
        let prev = std::mem::replace(&mut self.prev, entry.seq);
        socket.push(&ServerFrame::Ev(Box::new(entries::ev(c, entry, prev, reader, names))))
    }
}
