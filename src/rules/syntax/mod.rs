//! Parses the text of an expression into a tree with places. Only `parser.rs` knows the `cel` crate's
//! parser.

mod node;
mod parse_errors;
mod parser;
mod typos;

pub use node::{Kind, NULL, Node, Operator};
pub use parser::parse;
pub use typos::{is_null_word, or_value, presence};
