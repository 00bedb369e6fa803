//! One after the other. The number of the turn is one atomic for all cores.

use super::choice::Choice;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whose turn it is, on a cache line of its own.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Turn(AtomicU64);

impl Turn {
    /// The next one of so many.
    pub(super) fn next(&self, of: usize) -> usize {
        (self.0.fetch_add(1, Ordering::Relaxed) % (of as u64).max(1)) as usize
    }
}

/// Who cannot be taken loses this turn: the next one is drawn anew. To go on from there instead would give the neighbour of an endpoint
/// that fails the load of both.
pub(super) fn pick(turn: &Turn, choice: &mut Choice<'_>) -> Option<usize> {
    let members = choice.members.len();
    if members == 0 {
        return None;
    }
    choice.by_turns(|_| turn.next(members))
}
