//! Which part of a log.

use crate::types::Seq;

/// A part of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Entries behind this place.
    pub after: Seq,
    /// Entries before this place; `None`: up to the end.
    pub before: Option<Seq>,
    /// At most so many.
    pub limit: u32,
    /// If there are more: the first of them, or the last.
    pub side: Side,
}

/// Which entries of a range that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The oldest.
    First,
    /// The newest.
    Last,
}
