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
                level = level.max(levels.nodes[child.0 as usize]);
            }
            if let Op::Result(aggregate, _) = node.op {
                level = levels.above(tree.aggregate(aggregate));
                levels.aggregates[usize::from(aggregate.0)] = level;
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
        parts.map(|id| self.nodes[id.0 as usize]).max().unwrap_or(0)
    }

    pub fn aggregate(&self, id: AggregateId) -> usize {
        self.aggregates[usize::from(id.0)]
    }

    pub fn node(&self, id: Id) -> usize {
        self.nodes[id.0 as usize]
    }
}
