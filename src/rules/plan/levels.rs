//! Orders aggregates by dependency: one whose predicate or value uses another's result is a level
//! above it.

use super::super::ir::{Aggregate, AggregateId, Id, Op, Tree, aggregate_children, children};

/// How many levels of scans must be complete before a node or an aggregate can be computed.
pub struct Levels {
    nodes: Vec<usize>,
    aggregates: Vec<usize>,
}

impl Levels {
    pub fn of(tree: &Tree) -> Self {
        let mut levels = Self { nodes: Vec::new(), aggregates: vec![0; tree.aggregates.len()] };
        for node in &tree.nodes {
            let mut level = 0;
            for child in children(node.op).into_iter().flatten() {
                level = level.max(levels.node(child));
            }
            if let Op::Result(aggregate, _) = node.op {
                level = levels.above(tree.aggregate(aggregate));
                if let Some(known) = levels.aggregates.get_mut(aggregate.index()) {
                    *known = level;
                }
                level += 1;
            }
            if let Op::Nested(aggregate, _) = node.op {
                level = levels.above(tree.aggregate(aggregate));
            }
            levels.nodes.push(level);
        }
        levels
    }

    fn above(&self, aggregate: &Aggregate) -> usize {
        let parts = aggregate_children(aggregate).into_iter().flatten();
        parts.map(|id| self.node(id)).max().unwrap_or(0)
    }

    #[expect(clippy::indexing_slicing, reason = "there is a level for every aggregate of the tree")]
    pub fn aggregate(&self, id: AggregateId) -> usize {
        self.aggregates[id.index()]
    }

    #[expect(clippy::indexing_slicing, reason = "operands come before what they are operands of")]
    pub fn node(&self, id: Id) -> usize {
        self.nodes[id.index()]
    }
}
