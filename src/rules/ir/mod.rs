//! The typed expressions of a ruleset: operations, the tree in which each value is one node, and what
//! is known about a node without evaluating it.
//!
//! ```text
//! op.rs        the operations ◀─ fields.rs, columns.rs ◀─ block_loops.rs
//! tree.rs      nodes and aggregates, each distinct one once
//! reindex.rs   the same expression over other charges
//! traversal.rs  the one traversal of expressions
//! interval.rs  the least and the greatest value of a node
//! ```
//!
//! It knows nothing about syntax, rules or evaluation.

mod block_loops;
mod columns;
mod comparison;
pub(super) mod fields;
mod interval;
mod op;
mod reindex;
mod traversal;
mod tree;

pub use block_loops::{Matches, equal_packed};
pub use columns::{BlockLoop, COLUMNS, Column};
pub use comparison::{Comparison, flipped, opposite};
pub use fields::{DERIVED, FIELDS, Get, field, is_taken};
pub use interval::{Range, Ranges};
pub use op::{
    AggregateId, Arithmetic, Conversion, Form, Id, Op, Output, TextTest, children,
    needs_a_transaction, over_empty,
};
pub(super) use op::{logic_op, outside_op, strict_op, text_op};
pub use reindex::Move;
pub use traversal::{Rewrite, Walk};
pub use tree::{Aggregate, Charges, Fold, MACROS_MAX, Source, Tree, aggregate_children};
