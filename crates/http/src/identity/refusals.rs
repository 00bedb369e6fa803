//! How many refusals are logged: who may do nothing must not fill the log by trying. What is allowed is not counted; otherwise what
//! somebody does could be hidden behind much else that they do.

use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::{Permission, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// For how long refusals are counted.
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// How many are logged of one caller and permission meanwhile, in one process.
const MOST: u32 = 30;
/// How many callers and permissions are counted at once.
const COUNTED: usize = 100_000;

/// Refusals of the last minute.
#[derive(Default)]
pub(super) struct Refusals(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    since: DateTime<Utc>,
    /// By caller and permission.
    counts: HashMap<(UserId, &'static str), u32>,
}

/// Whether a refusal is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// It is.
    Enough,
    /// It is, and says that it is the last one for now.
    ForOne,
    /// It is not.
    Full,
}

impl Refusals {
    /// Counts one.
    pub(super) fn count(&self, caller: UserId, permission: Permission, now: DateTime<Utc>) -> Room {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counted { since, counts } = &mut *counted;
        if now - *since >= WINDOW || now < *since {
            *since = now;
            counts.clear();
        }
        let key = (caller, permission.name);
        if counts.len() >= COUNTED && !counts.contains_key(&key) {
            return Room::Full;
        }
        let count = counts.entry(key).or_default();
        *count = count.saturating_add(1);
        match (*count).cmp(&MOST) {
            std::cmp::Ordering::Less => Room::Enough,
            std::cmp::Ordering::Equal => Room::ForOne,
            std::cmp::Ordering::Greater => Room::Full,
        }
    }
}
