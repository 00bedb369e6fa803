//! Audit entries of a request that belong to no change of its own, such as decisions. The first change that the request commits takes
//! them along; those that none has taken are written before the answer is given.

use super::AuditRecord;
use crate::{Change, DbError, Infra};
use chrono::{DateTime, Utc};
use orion_contracts::{AuditEntryId, Author};
use std::sync::{Mutex, PoisonError};

/// How many one request may leave; a list of questions is no longer.
const MOST: usize = 256;

/// An entry, and whose doing it tells of.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    pub(crate) author: Author,
    pub(crate) record: AuditRecord,
    /// Under which id, and of what moment, since it was first taken: where nobody knows whether it was committed it is written again, and
    /// is the same entry.
    pub(crate) known_as: Option<(AuditEntryId, DateTime<Utc>)>,
}

impl Noted {
    fn tells_the_same(&self, other: &Self) -> bool {
        self.author == other.author && self.record == other.record
    }
}

tokio::task_local! {
    static NOTED: Mutex<Vec<Noted>>;
}

/// Leaves an entry. Outside of [`noting`] there is nobody to write it, and it is only logged.
pub fn note(author: impl Into<Author>, record: AuditRecord) {
    let noted = Noted { author: author.into(), record, known_as: None };
    let left = with(|all| match all.len() {
        // What is decided a second time, under locks or by a change that is made again, is one decision.
        _ if all.iter().any(|one| one.tells_the_same(&noted)) => {}
        0..MOST => all.push(noted.clone()),
        _ => tracing::error!(?noted, "an audit entry was left out: a request leaves {MOST} of its own at most"),
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
        (answer, write_noted(infra).await)
    };
    NOTED.scope(Mutex::default(), work).await
}

/// Writes what is left until now: before another service does what was decided here.
pub async fn write_noted(infra: &Infra) -> Result<(), DbError> {
    let is_left = with(|all| !all.is_empty()).unwrap_or_default();
    // The change has nothing of its own: it takes along what is left.
    if is_left { infra.write(Author::PLATFORM, async |_| Ok(())).await } else { Ok(()) }
}

/// What is left until now, for a change; whoever takes it writes it, or gives it back.
pub(crate) fn take(change: &Change) -> Vec<Noted> {
    let mut noted = with(std::mem::take).unwrap_or_default();
    for one in &mut noted {
        one.known_as.get_or_insert_with(|| (change.id(), change.now()));
    }
    noted
}

/// Gives back what could not be written, before what was left since.
pub(crate) fn give_back(noted: Vec<Noted>) {
    with(|all| drop(all.splice(..0, noted)));
}

fn with<T>(look: impl FnOnce(&mut Vec<Noted>) -> T) -> Option<T> {
    NOTED.try_with(|all| look(&mut all.lock().unwrap_or_else(PoisonError::into_inner))).ok()
}
