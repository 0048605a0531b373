//! The program: parse, run, print the chain of an error, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    deskbell::cli::run()
}
