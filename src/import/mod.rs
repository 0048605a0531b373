//! Content that was written for other programs.
