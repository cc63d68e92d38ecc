//! What a question asks for. It knows nodes of the tree only.

use super::ir::Id;
use std::sync::Arc;

/// A compiled question.
#[derive(Debug)]
pub struct Question {
    pub name: Arc<str>,
    pub subject: Subject,
}

/// Where an answer comes from. A list of charges is represented by the node of its count.
#[derive(Debug, Clone)]
pub enum Subject {
    Value(Id),
    /// The items of a list. An item with a condition is included only if the condition is true.
    Values(Vec<(Id, Option<Id>)>),
    /// One charge, by the node that picks it.
    Charge(Id),
    Charges(Id),
    /// The value of each charge of a list, without the charges that have none.
    Each(Id, Id),
    /// The values as in `Each`, without repeats, in order of first appearance.
    Different(Id, Id),
    /// `card.countries`: the countries of a list of charges, by their column, and those of charges
    /// that were cut.
    Countries(Id, Id),
}

impl Subject {
    /// The nodes that it depends on.
    pub fn nodes(&self) -> Vec<Id> {
        match self {
            Subject::Value(id) | Subject::Charge(id) | Subject::Charges(id) => vec![*id],
            Subject::Values(items) => {
                items.iter().flat_map(|(id, guard)| [Some(*id), *guard]).flatten().collect()
            }
            Subject::Each(list, value)
            | Subject::Different(list, value)
            | Subject::Countries(list, value) => vec![*list, *value],
        }
    }
}
