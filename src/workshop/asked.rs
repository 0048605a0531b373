//! What visitors asked, and what came of it.
