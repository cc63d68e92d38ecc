//! The `redcard` command.

fn main() {}
