//! The program: parse, run, print the chain of an error, exit.

use std::process::ExitCode;

/// Its background thread gives back what nobody uses any more: most of what training used, and the peaks of a busy hour.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    deskbell::cli::run()
}
