//! Audit entries of a request that belong to no change of its own, such as decisions. The first change that the request commits takes
//! them along; those that none has taken are written before the answer is given.

use super::AuditRecord;
use crate::{DbError, Infra};
use orion_contracts::Author;
use std::sync::{Mutex, PoisonError};

/// How many one request may leave; a list of questions is no longer.
const MOST: usize = 256;

/// An entry, and whose doing it tells of.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    pub(crate) author: Author,
    pub(crate) record: AuditRecord,
}

tokio::task_local! {
    static NOTED: Mutex<Vec<Noted>>;
}

/// Leaves an entry. Outside of [`noting`] there is nobody to write it, and it is only logged.
pub fn note(author: impl Into<Author>, record: AuditRecord) {
    let noted = Noted { author: author.into(), record };
    let left = with(|all| {
        if all.len() < MOST {
            all.push(noted.clone());
        }
    });
    if left.is_none() {
        tracing::warn!(?noted, "an audit entry was left outside of a request");
    }
}

/// Does what a request asks for, and writes what it leaves and no change has taken. Where that cannot be written, what was asked for
/// must not be answered.
pub async fn noting<F: Future>(infra: &Infra, work: F) -> (F::Output, Result<(), DbError>) {
    let work = async {
        let answer = work.await;
        let is_left = with(|all| !all.is_empty()).unwrap_or_default();
        // The change has nothing of its own: it takes along what is left.
        let written = if is_left { infra.write(Author::PLATFORM, async |_| Ok(())).await } else { Ok(()) };
        (answer, written)
    };
    NOTED.scope(Mutex::default(), work).await
}

/// What is left until now; whoever takes it writes it, or gives it back.
pub(crate) fn take() -> Vec<Noted> {
    with(std::mem::take).unwrap_or_default()
}

/// Gives back what could not be written, before what was left since.
pub(crate) fn give_back(noted: Vec<Noted>) {
    with(|all| drop(all.splice(..0, noted)));
}

fn with<T>(look: impl FnOnce(&mut Vec<Noted>) -> T) -> Option<T> {
    NOTED.try_with(|all| look(&mut all.lock().unwrap_or_else(PoisonError::into_inner))).ok()
}
