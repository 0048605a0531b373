//! What would an edit change, and what is missing?
//!
//! Pure: contents, files and what visitors asked go in; plans, gaps and edited files come out.

pub mod asked;
pub mod cases;
mod cluster;
pub mod edit;
pub mod gaps;
pub mod plan;
pub mod tried;
