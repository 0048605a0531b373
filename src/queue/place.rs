//! How many may wait, and who of those who come finds a place.

use crate::types::{Room, VisitorId};

/// Where somebody comes from, as a number: an address, or the network of one customer where a customer has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block(pub u128);

/// Who takes a place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// Who.
    pub visitor: VisitorId,
    /// From where, where that is known.
    pub from: Option<Block>,
}

/// How many may wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Altogether.
    pub all: u32,
    /// Of one visitor; 0: no limit of its own.
    pub per_visitor: u32,
    /// From one [`Block`]; 0: no limit of its own.
    pub per_block: u32,
}

/// Whether there is a place for one more, beside those who have one.
#[must_use]
pub fn room<'a>(taken: impl Iterator<Item = &'a Guest>, guest: &Guest, places: Places) -> Room {
    let (mut all, mut same_visitor, mut same_block) = (0, 0, 0);
    for other in taken {
        all += 1;
        same_visitor += u32::from(other.visitor == guest.visitor);
        same_block += u32::from(guest.from.is_some() && other.from == guest.from);
    }
    let below = |n: u32, limit: u32| limit == 0 || n < limit;
    if all >= places.all {
        Room::AllTaken
    } else if below(same_visitor, places.per_visitor) && below(same_block, places.per_block) {
        Room::Free
    } else {
        Room::OwnTaken
    }
}
