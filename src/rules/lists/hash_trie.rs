//! A map from 64-bit hashes to items, of which a copy costs next to nothing and shares everything with
//! the original. A change copies only the nodes on the way to what is changed.

use std::sync::Arc;

/// How many bits of a hash choose among the children of a node.
const BITS: u32 = 4;
const CHILDREN: usize = 1 << BITS;
/// The number of levels that the upper half of a hash leads through.
const UPPER_LEVELS: u32 = u32::BITS / BITS;

/// Items by the hash of what they are found by. Several may have the same hash.
#[derive(Debug, Clone)]
pub struct HashTrie<T> {
    root: Child<T>,
}

type Child<T> = Option<Arc<TrieNode<T>>>;

#[derive(Debug, Clone)]
enum TrieNode<T> {
    /// In a box, so that a leaf does not have its size.
    Branch(Box<[Child<T>; CHILDREN]>),
    Leaf {
        hash: u64,
        items: Vec<T>,
    },
}

impl<T> Default for HashTrie<T> {
    fn default() -> Self {
        Self { root: None }
    }
}

impl<T> HashTrie<T> {
    /// The items with this hash.
    pub fn get(&self, hash: u64) -> &[T] {
        let (mut node, mut level) = (self.root.as_deref(), 0);
        loop {
            match node {
                Some(TrieNode::Branch(children)) => {
                    node = children.get(place(hash, level)).and_then(Option::as_deref);
                    level += 1;
                }
                Some(TrieNode::Leaf { hash: known, items }) if *known == hash => return items,
                Some(TrieNode::Leaf { .. }) | None => return &[],
            }
        }
    }

    /// Whether any of the items whose hashes have this upper half passes a test.
    pub fn any_of_upper_half(&self, upper: u32, test: &mut impl FnMut(&T) -> bool) -> bool {
        let hash = u64::from(upper) << u32::BITS;
        let mut node = self.root.as_deref();
        for level in 0..UPPER_LEVELS {
            let Some(TrieNode::Branch(children)) = node else { break };
            node = children.get(place(hash, level)).and_then(Option::as_deref);
        }
        node.is_some_and(|node| node.any(upper, test))
    }
}

impl<T: Clone> HashTrie<T> {
    /// Changes the items with this hash. Other copies of the map keep theirs.
    pub fn update(&mut self, hash: u64, change: impl FnOnce(&mut Vec<T>)) {
        self.root = updated(self.root.take(), hash, 0, change);
    }
}

impl<T> TrieNode<T> {
    fn any(&self, upper: u32, test: &mut impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Branch(children) => children.iter().flatten().any(|child| child.any(upper, test)),
            Self::Leaf { hash, items } => {
                hash >> u32::BITS == u64::from(upper) && items.iter().any(test)
            }
        }
    }
}

fn updated<T: Clone>(
    node: Child<T>,
    hash: u64,
    level: u32,
    change: impl FnOnce(&mut Vec<T>),
) -> Child<T> {
    let Some(mut node) = node else {
        // Nearly always the only one.
        let mut items = Vec::with_capacity(1);
        change(&mut items);
        return (!items.is_empty()).then(|| Arc::new(TrieNode::Leaf { hash, items }));
    };
    if let TrieNode::Leaf { hash: known, .. } = *node
        && known != hash
    {
        let mut children = Box::new([const { None }; CHILDREN]);
        if let Some(child) = children.get_mut(place(known, level)) {
            *child = Some(node);
        }
        node = Arc::new(TrieNode::Branch(children));
    }
    let is_empty = match Arc::make_mut(&mut node) {
        TrieNode::Leaf { items, .. } => {
            change(items);
            items.is_empty()
        }
        TrieNode::Branch(children) => {
            if let Some(child) = children.get_mut(place(hash, level)) {
                *child = updated(child.take(), hash, level + 1, change);
            }
            children.iter().all(Option::is_none)
        }
    };
    (!is_empty).then_some(node)
}

/// The index of the child that a hash belongs to. The uppermost bits come first. Two hashes differ at
/// one of the levels, so leaves are never deeper than a hash has bits.
fn place(hash: u64, level: u32) -> usize {
    let shift = u64::BITS.saturating_sub(BITS * (level + 1));
    usize::try_from(hash >> shift).unwrap_or(0) % CHILDREN
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeMap;

    fn items(trie: &HashTrie<u32>, hash: u64) -> Vec<u32> {
        trie.get(hash).to_vec()
    }

    #[test]
    fn it_agrees_with_a_map_and_copies_keep_what_they_had() {
        let mut rng = ChaCha8Rng::seed_from_u64(16);
        // Few bits, at both ends of a hash, so that hashes share most of their path.
        let hashes: Vec<u64> = (0..64_u64).map(|n| (n & 7) << 58 | n >> 3).collect();
        let mut trie = HashTrie::default();
        let mut map: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        let mut copies = Vec::new();
        for step in 0..4_000 {
            let hash = hashes[rng.random_range(0..hashes.len())];
            let change = |items: &mut Vec<u32>| match step % 3 {
                0 => items.clear(),
                _ => items.push(step),
            };
            trie.update(hash, change);
            change(map.entry(hash).or_default());
            if step % 500 == 0 {
                copies.push((trie.clone(), map.clone()));
            }
        }
        copies.push((trie, map));
        for (trie, map) in &copies {
            for hash in &hashes {
                assert_eq!(items(trie, *hash), map.get(hash).cloned().unwrap_or_default());
            }
            for upper in (0..8_u32).map(|n| n << 26) {
                let expected = map
                    .iter()
                    .any(|(hash, items)| (hash >> 32) as u32 == upper && !items.is_empty());
                assert_eq!(trie.any_of_upper_half(upper, &mut |_| true), expected);
            }
        }
    }

    #[test]
    fn nothing_is_left_of_what_was_removed() {
        let mut trie = HashTrie::default();
        for hash in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63] {
            trie.update(hash, |items| items.push(1));
        }
        for hash in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63] {
            trie.update(hash, Vec::clear);
        }
        assert!(trie.root.is_none());
        trie.update(7, Vec::clear);
        assert!(trie.root.is_none());
    }
}
