//! Counts who watches, so that nothing is fetched for nobody.

use std::sync::Arc;
use tokio::sync::watch;

/// How many watch a topic. Cloning shares the count.
#[derive(Clone)]
pub(crate) struct Watchers(Arc<watch::Sender<usize>>);

/// Somebody watches until this is dropped.
pub(crate) struct Watching(Watchers);

impl Default for Watchers {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Watchers {
    /// One more watches.
    pub(crate) fn watch(&self) -> Watching {
        self.0.send_modify(|count| *count += 1);
        Watching(self.clone())
    }

    /// Returns once somebody watches.
    pub(crate) async fn somebody(&self) {
        // The sender is held by self, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count > 0).await;
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
