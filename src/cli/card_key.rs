//! `redcard card-key new`: creates a key for card numbers from the operating system's random
//! source.

use super::exit::Exit;
use crate::hex::hex;
use anyhow::Context;
use rand::TryRng;
use rand::rngs::SysRng;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
/// Only the owner may read and write the file.
const FILE_MODE: u32 = 0o600;

/// Create the key that turns card numbers into tokens
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct CardKeyArgs {
    #[command(subcommand)]
    command: CardKeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum CardKeyCommand {
    /// Write a key file with one new key, for `card_numbers.key_file`
    /// (docs/operating/card-numbers.md)
    New {
        /// A file that does not exist yet; without one, standard output
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

pub fn run(args: CardKeyArgs) -> anyhow::Result<ExitCode> {
    let CardKeyCommand::New { file } = args.command;
    let content = key_file()?;
    match file {
        Some(path) => write_new(&path, &content)
            .with_context(|| format!("cannot create {}", path.display()))?,
        None => io::stdout().write_all(content.as_bytes()).context("cannot write the key")?,
    }
    Ok(Exit::Ok.into())
}

fn key_file() -> anyhow::Result<Zeroizing<String>> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    SysRng.try_fill_bytes(key.as_mut_slice()).context("no random bytes from the system")?;
    let digits = Zeroizing::new(hex(key.as_slice()));
    Ok(Zeroizing::new(format!(
        "# Keys for card numbers. Anyone who has them can find the card number behind a token;\n# \
         without them, the same tokens cannot be made again.\ncurrent = \"1\"\n\n[keys]\n1 = \
         \"{}\"\n",
        *digits
    )))
}

fn write_new(path: &Path, content: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
