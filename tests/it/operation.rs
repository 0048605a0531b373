//! Operating the server, as an operator does it: the program itself, its settings, its figures, what it says.

mod config;
mod figures;
mod health;
mod log;
mod program;
mod trace;
