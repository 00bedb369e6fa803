//! One at a time for each key, such as a session: whoever comes second waits, and who works on another key does not.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Keys are kept in so many parts, for cores to seldom meet at one.
const PARTS: usize = 64;
/// From this many keys in a part on, those that nobody waits for are forgotten.
const SWEEP: usize = 64;

/// Whose turn it is, by key, within this process.
#[derive(Debug)]
pub struct Turns<K> {
    hasher: RandomState,
    parts: Vec<Mutex<HashMap<K, Weak<AsyncMutex<()>>>>>,
}

/// A turn; it lasts until this is dropped.
#[derive(Debug)]
pub struct Turn {
    /// Whether somebody else had theirs first.
    pub has_waited: bool,
    _guard: OwnedMutexGuard<()>,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self { hasher: RandomState::new(), parts: (0..PARTS).map(|_| Mutex::default()).collect() }
    }
}

impl<K: Hash + Eq + Clone> Turns<K> {
    /// Waits until nobody else works on this key.
    pub async fn take(&self, key: &K) -> Turn {
        let turn = self.of(key);
        match turn.clone().try_lock_owned() {
            Ok(guard) => Turn { has_waited: false, _guard: guard },
            Err(_) => Turn { has_waited: true, _guard: turn.lock_owned().await },
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
    fn of(&self, key: &K) -> Arc<AsyncMutex<()>> {
        let part = &self.parts[self.hasher.hash_one(key) as usize % PARTS];
        let mut known = part.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = known.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        if known.len() >= SWEEP {
            known.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(AsyncMutex::new(()));
        known.insert(key.clone(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_has_one_turn_at_a_time_and_others_do_not_wait() {
        let turns = Arc::new(Turns::default());
        let first = turns.take(&"a").await;
        assert!(!first.has_waited && !turns.take(&"b").await.has_waited);
        let second = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take(&"a").await.has_waited }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.expect("no panic"));
    }

    #[tokio::test]
    async fn finished_turns_are_forgotten() {
        let turns = Turns::default();
        for key in 0..3 * PARTS * SWEEP {
            drop(turns.take(&key).await);
        }
        let kept: usize = turns.parts.iter().map(|part| part.lock().expect("not poisoned").len()).sum();
        assert!(kept <= PARTS * SWEEP);
    }
}
