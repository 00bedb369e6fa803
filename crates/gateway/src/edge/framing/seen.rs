//! What the filter has seen of a connection, for whoever answers its requests.

use super::Refusal;
use std::cell::Cell;

/// What the filter has seen of a connection.
#[derive(Debug, Default)]
pub struct Seen {
    /// Why a body was refused; nothing is read behind it.
    pub refusal: Cell<Option<Refusal>>,
    /// Requests whose heads have passed and that are not answered yet.
    pub unanswered: Cell<u32>,
}

impl Seen {
    /// So many heads have passed.
    pub(super) fn passed(&self, heads: u32) {
        self.unanswered.set(self.unanswered.get() + heads);
    }

    /// One of them has been answered, or given up.
    pub fn answered(&self) {
        self.unanswered.set(self.unanswered.get().saturating_sub(1));
    }
}
