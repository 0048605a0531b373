//! Opening hours: pure functions of a moment, a time zone and a week.

use crate::types::Timestamp;

/// When people are there.
#[derive(Debug, Clone, Default)]
pub struct Hours {}

/// What the opening hours say about a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenState {
    /// People are there. Always true where no hours are set.
    pub open: bool,
    /// Today's hours such as `08:00–18:00`; none on closed days and where no hours are set.
    pub today: Option<String>,
    /// When people are back, if they are not there now; at most 30 days ahead.
    pub opens_at: Option<Timestamp>,
    /// Name of today's holiday, in the visitor's language, if it is one.
    pub holiday: Option<String>,
}
