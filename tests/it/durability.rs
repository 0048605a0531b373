//! What is written stays written, and what is missing is noticed: the program itself, on real files, with real faults.
//!
//! Where a tool or a right is missing (root for a full disk, `strace`, `fiu-run`), the test says so on stderr and passes.

mod backup;
mod clock;
mod disk;
mod faults;
mod loss;
pub(crate) mod program;
mod sync;
