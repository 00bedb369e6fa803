//! One refresh per session at a time: a refresh token works once, and a page asks many things at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// From this many sessions on, those that nobody waits for are forgotten.
const SWEEP: usize = 1024;

/// Whose turn it is, by session.
#[derive(Default)]
pub(crate) struct Turns {
    sessions: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

impl Turns {
    /// Waits until nobody else works on this session.
    pub(crate) async fn take(&self, session: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= SWEEP {
                sessions.retain(|_, turn| turn.strong_count() > 0);
            }
            match sessions.get(session).and_then(Weak::upgrade) {
                Some(turn) => turn,
                None => {
                    let turn = Arc::new(AsyncMutex::new(()));
                    sessions.insert(session.to_owned(), Arc::downgrade(&turn));
                    turn
                }
            }
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_session_has_one_turn_at_a_time_and_others_do_not_wait() {
        let turns = Arc::new(Turns::default());
        let first = turns.take("a").await;
        let other = turns.take("b").await;
        drop(other);
        let entered = Arc::new(AtomicUsize::new(0));
        let second = tokio::spawn({
            let (turns, entered) = (turns.clone(), entered.clone());
            async move {
                let _turn = turns.take("a").await;
                entered.fetch_add(1, Ordering::SeqCst);
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(entered.load(Ordering::SeqCst), 0);
        drop(first);
        second.await.expect("no panic");
        assert_eq!(entered.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn finished_turns_are_forgotten() {
        let turns = Turns::default();
        for session in 0..3 * SWEEP {
            drop(turns.take(&session.to_string()).await);
        }
        assert!(turns.sessions.lock().expect("not poisoned").len() <= SWEEP);
    }
}
