//! Tests that look at the program from outside: one binary, one file a subject.

mod layers;
mod store;
