//! Which tasks are down, for whoever asks whether a service is ready.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tasks that wait to be started again, by name, and why. Cloning shares them.
#[derive(Clone, Default)]
pub struct TaskStates {
    own: Down,
    /// What the whole process runs for all of its services.
    process: Option<Down>,
}

type Down = Arc<Mutex<BTreeMap<String, String>>>;

impl TaskStates {
    /// The states of one service's own tasks, beside those of its process.
    #[must_use]
    pub fn of_service(&self) -> Self {
        Self { own: Down::default(), process: Some(self.own.clone()) }
    }

    /// Whether all are running; the text names those that are not.
    pub fn check(&self) -> Result<(), String> {
        let down: Vec<_> = std::iter::once(&self.own)
            .chain(&self.process)
            .flat_map(|down| lock(down).iter().map(|(name, reason)| format!("{name} {reason}")).collect::<Vec<_>>())
            .collect();
        if down.is_empty() { Ok(()) } else { Err(format!("waiting to be started again: {}", down.join("; "))) }
    }

    pub(super) fn down(&self, name: &str, reason: &str) {
        lock(&self.own).insert(name.to_owned(), reason.to_owned());
    }

    pub(super) fn up(&self, name: &str) {
        lock(&self.own).remove(name);
    }
}

fn lock(down: &Down) -> MutexGuard<'_, BTreeMap<String, String>> {
    down.lock().unwrap_or_else(PoisonError::into_inner)
}
