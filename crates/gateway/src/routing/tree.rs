//! Routes by path: a tree of segments. What a match costs depends on the path's depth, not on the number of routes.

use super::pattern::{End, Pattern, Segment};
use ahash::AHashMap;

/// The number of a route in its table.
pub(super) type Number = u32;

#[derive(Default)]
struct Node {
    children: AHashMap<Box<str>, u32>,
    /// Where any segment leads that has no child of its own.
    named: Option<u32>,
    /// The routes of this very path, the first to be asked first.
    here: Vec<Number>,
    /// Those of all below it.
    below: Vec<Number>,
}

/// Routes by path.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    /// Takes a route in, by its segments as `form` writes them; regular expressions have no place here.
    pub(super) fn insert(&mut self, number: Number, pattern: &Pattern, form: impl Fn(&str) -> Box<str>) {
        let Pattern::Segments { segments, end } = pattern else { return };
        let mut at = 0;
        for segment in segments {
            let next = self.nodes.len() as u32;
            let node = &mut self.nodes[at as usize];
            at = match segment {
                Segment::Literal(text) => *node.children.entry(form(text)).or_insert(next),
                Segment::Name(_) => *node.named.get_or_insert(next),
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        let node = &mut self.nodes[at as usize];
        match end {
            End::Here => node.here.push(number),
            End::Below(_) => node.below.push(number),
        }
    }

    /// Puts routes of the same path into the order in which they are asked.
    pub(super) fn sort<K: Ord>(&mut self, key: impl Fn(Number) -> K) {
        for node in &mut self.nodes {
            for routes in [&mut node.here, &mut node.below] {
                if routes.len() > 1 {
                    routes.sort_by_key(|number| key(*number));
                }
            }
        }
    }

    /// The first route of a path that may be taken: read from the left, one that is written out, then one with a name, then all
    /// below. One with a slash more or less at its end is taken for the same, as most frameworks do, unless all below it has a
    /// route of its own.
    pub(super) fn find(&self, path: &str, may: &mut impl FnMut(Number) -> bool) -> Option<Number> {
        self.walk(0, path.strip_prefix('/'), may)
    }

    fn walk(&self, at: u32, rest: Option<&str>, may: &mut impl FnMut(Number) -> bool) -> Option<Number> {
        let node = self.nodes.get(at as usize)?;
        let child = |segment: &str| node.children.get(segment).copied();
        let mut first = |routes: &[Number]| routes.iter().copied().find(|number| may(*number));
        match rest {
            None => {
                let with_slash = || child("").and_then(|child| self.nodes.get(child as usize));
                first(&node.here)
                    .or_else(|| first(&node.below))
                    .or_else(|| with_slash().and_then(|node| first(&node.here)))
            }
            Some("") => {
                let with_slash = child("").and_then(|child| self.nodes.get(child as usize));
                with_slash
                    .and_then(|node| first(&node.here))
                    .or_else(|| first(&node.below))
                    .or_else(|| first(&node.here))
            }
            Some(rest) => {
                let (segment, rest) = match rest.find('/') {
                    Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
                    None => (rest, None),
                };
                let literal = child(segment).and_then(|child| self.walk(child, rest, may));
                literal
                    .or_else(|| {
                        let named = node.named.filter(|_| !segment.is_empty());
                        named.and_then(|child| self.walk(child, rest, may))
                    })
                    .or_else(|| node.below.iter().copied().find(|number| may(*number)))
            }
        }
    }
}
