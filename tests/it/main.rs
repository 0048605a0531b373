//! Tests that look at the program from outside: one binary, one file a subject.

mod desk;
mod http;
mod layers;
mod socket;
mod store;
mod support;
mod transcripts;
