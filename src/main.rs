//! The `redcard` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    redcard::cli::main(std::env::args_os(), redcard::config::process_environment())
}
