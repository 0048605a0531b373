//! Tests that look at the program from outside: one binary, one file a subject.

mod desk;
mod layers;
mod store;
mod transcripts;
