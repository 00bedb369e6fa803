//! What a process has seen of the chain. Whoever puts back an older copy of all rows, ends included, has a chain that
//! holds; but it is not the one that was seen.

use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use std::sync::{Arc, Mutex, PoisonError};

/// The newest link that this process has seen. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Seen>>);

#[derive(Clone, Default)]
struct Seen {
    position: i64,
    hash: String,
    rewound: bool,
}

impl Witness {
    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes ends that are committed. Once an older copy was put back, what follows is another chain.
    pub(super) fn saw(&self, ends: &ChainEnds) {
        self.with(|seen| {
            if ends.head_position > seen.position && !seen.rewound {
                (seen.position, seen.hash) = (ends.head_position, ends.head_hash.clone());
            }
        });
    }

    /// The newest position that was seen; to be asked before ends are read that are compared with it.
    pub(super) fn position(&self) -> i64 {
        self.with(|seen| seen.position)
    }

    /// Compares ends that are locked with what was seen.
    pub(super) fn compare(&self, ends: &ChainEnds) {
        self.compare_since(self.position(), ends);
    }

    /// Compares ends with a position that was seen before they were read.
    pub(super) fn compare_since(&self, position: i64, ends: &ChainEnds) {
        // Of ends that cannot be read nobody knows whether they are older.
        if ends.head_position < position && !ends.are_lost {
            self.with(|seen| seen.rewound = true);
        }
    }

    /// Compares a link with the one that was seen at its place.
    pub(super) fn compare_link(&self, link: &Model) {
        self.with(|seen| seen.rewound |= link.position == seen.position && link.hash != seen.hash);
    }

    /// Whether an older copy was put back since this process began.
    pub(super) fn is_rewound(&self) -> bool {
        self.with(|seen| seen.rewound)
    }
}
