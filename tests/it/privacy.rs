//! One person's data: who a site says they are, what is handed out, and that nothing is left when it is erased.

mod erase;
mod identify;
mod log;
mod program;
mod retention;
mod sites;
