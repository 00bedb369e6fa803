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

    /// The route of a path that is picked first: read from the left, one that is written out, then one with a name, then all
    /// below. One with a slash more or less at its end is taken for the same, as most frameworks do, unless all below it has a
    /// route of its own. `pick` is given the routes of one path in their order.
    pub(super) fn find(&self, path: &str, pick: &mut impl FnMut(&[Number]) -> Option<Number>) -> Option<Number> {
        self.walk(0, path.strip_prefix('/'), pick)
    }

    fn walk(&self, at: u32, rest: Option<&str>, pick: &mut impl FnMut(&[Number]) -> Option<Number>) -> Option<Number> {
        let node = self.nodes.get(at as usize)?;
        let with_slash = || self.nodes.get(*node.children.get("")? as usize);
        match rest {
            None => pick(&node.here)
                .or_else(|| pick(&node.below))
                .or_else(|| with_slash().and_then(|node| pick(&node.here))),
            Some("") => with_slash()
                .and_then(|node| pick(&node.here))
                .or_else(|| pick(&node.below))
                .or_else(|| pick(&node.here)),
            Some(rest) => {
                let (segment, rest) = match rest.find('/') {
                    Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
                    None => (rest, None),
                };
                let literal = node.children.get(segment).and_then(|child| self.walk(*child, rest, pick));
                let named = node.named.filter(|_| !segment.is_empty());
                literal.or_else(|| named.and_then(|child| self.walk(child, rest, pick))).or_else(|| pick(&node.below))
            }
        }
    }

    /// Shows routes that come before one with names on paths that both take, for they are written out where it has a name.
    /// Looks at no more nodes than are left.
    pub(super) fn before(&self, pattern: &Pattern, looks: &mut usize, see: &mut impl FnMut(Number)) {
        if let Pattern::Segments { segments, .. } = pattern
            && segments.iter().any(|segment| matches!(segment, Segment::Name(_)))
        {
            self.meet(0, segments, false, looks, see);
        }
    }

    fn meet(&self, at: u32, rest: &[Segment], is_before: bool, looks: &mut usize, see: &mut impl FnMut(Number)) {
        let Some(node) = self.nodes.get(at as usize).filter(|_| *looks > 0) else { return };
        *looks -= 1;
        if is_before {
            node.below.iter().copied().for_each(&mut *see);
        }
        match rest {
            [] if is_before => node.here.iter().copied().for_each(see),
            [] => {}
            [Segment::Literal(text), rest @ ..] => {
                if let Some(child) = node.children.get(text) {
                    self.meet(*child, rest, is_before, looks, see);
                }
                if let Some(child) = node.named.filter(|_| is_before && !text.is_empty()) {
                    self.meet(child, rest, is_before, looks, see);
                }
            }
            [Segment::Name(_), rest @ ..] => {
                for (_, child) in node.children.iter().filter(|(text, _)| !text.is_empty()) {
                    self.meet(*child, rest, true, looks, see);
                }
                if let Some(child) = node.named {
                    self.meet(child, rest, is_before, looks, see);
                }
            }
        }
    }

    /// Shows routes whose paths begin as that of another one does. Looks at no more nodes than are left.
    pub(super) fn below(&self, pattern: &Pattern, looks: &mut usize, see: &mut impl FnMut(Number)) {
        let Pattern::Segments { segments, .. } = pattern else { return };
        let mut at = 0;
        for segment in segments {
            let Some(node) = self.nodes.get(at as usize) else { return };
            let child = match segment {
                Segment::Literal(text) => node.children.get(text).copied(),
                Segment::Name(_) => node.named,
            };
            let Some(child) = child else { return };
            at = child;
        }
        let mut left = vec![at];
        while let Some(node) = left.pop().and_then(|at| self.nodes.get(at as usize)).filter(|_| *looks > 0) {
            *looks -= 1;
            node.here.iter().chain(&node.below).copied().for_each(&mut *see);
            left.extend(node.children.values().chain(&node.named));
        }
    }
}
