//! What subjects may do: all roles, and a bounded cache of who holds which.

use super::conditions::Held;
use arc_swap::{ArcSwap, ArcSwapOption};
use moka::future::Cache;
use orion_contracts::internal::{FindGrants, Nothing};
use orion_contracts::permissions::PermissionSet;
use orion_contracts::users::{Role, RoleCatalogue};
use orion_contracts::{Problem, RoleId, UserId};
use orion_infra::Metrics;
use orion_infra::peers::{PeerError, Peers};
use prometheus::IntCounterVec;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::broadcast;

/// How many subjects are kept.
const CAPACITY: u64 = 100_000;
/// A bound on how long a lost invalidation can matter.
const LIFETIME: Duration = Duration::from_secs(300);

/// Counters of changes; subjects share them, so that a change costs a few others a read.
const COUNTERS: usize = 4096;

/// How many changes whoever follows them may fall behind; then they hear that some are missing.
const FOLLOWED: usize = 256;

/// Whose permissions may have changed. Who asks from now on gets the new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessChange {
    /// Those of one subject.
    Of(UserId),
    /// Those of anybody: roles changed, or changes were missed.
    OfAnybody,
}

/// All roles, by id.
pub(super) type Roles = HashMap<RoleId, KnownRole>;

/// A role, and what it allows as a set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KnownRole {
    pub(super) role: Role,
    pub(super) allows: PermissionSet,
}

/// All of a catalogue.
pub(super) fn known(catalogue: RoleCatalogue) -> Roles {
    catalogue.all().map(|role| (role.id, KnownRole::new(role))).collect()
}

impl KnownRole {
    pub(super) fn new(role: Role) -> Self {
        Self { allows: PermissionSet::named(role.permissions.iter().map(String::as_str)), role }
    }
}

/// Roles and the cache of grants.
pub struct GrantCache {
    roles: ArcSwapOption<Roles>,
    /// The permissions whose decisions are logged.
    logged: ArcSwap<PermissionSet>,
    grants: Cache<UserId, Known>,
    /// Changes heard of, by subject.
    changes: Box<[AtomicU64]>,
    /// How often all subjects may have changed.
    losses: AtomicU64,
    /// How often anything was heard of.
    heard: AtomicU64,
    followers: broadcast::Sender<AccessChange>,
    hits: IntCounterVec,
    misses: IntCounterVec,
}

/// What was read of a subject, and at what time as far as changes go.
#[derive(Clone)]
struct Known {
    grants: Arc<Held>,
    age: Age,
}

/// The changes heard of before reading began; with more of them now, what was read may be from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age(u64, u64);

impl GrantCache {
    /// Empty.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            roles: ArcSwapOption::empty(),
            logged: ArcSwap::default(),
            grants: Cache::builder().max_capacity(CAPACITY).time_to_live(LIFETIME).build(),
            changes: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
            losses: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            followers: broadcast::Sender::new(FOLLOWED),
            hits: metrics.counter("db_cache_hits", "Rows found in memory instead of the database.", &[]),
            misses: metrics.counter("db_cache_misses", "Rows not found in memory.", &[]),
        }
    }

    /// All roles, once they are known.
    pub(super) fn roles(&self) -> Option<Arc<Roles>> {
        self.roles.load_full()
    }

    /// The permissions whose decisions are logged.
    pub(super) fn logged(&self) -> PermissionSet {
        **self.logged.load()
    }

    /// Takes a catalogue that was read. It is read again and again; only another one is news to those who follow.
    pub fn set_roles(&self, catalogue: RoleCatalogue) {
        self.logged.store(Arc::new(PermissionSet::named(catalogue.logged.iter().map(String::as_str))));
        let roles = known(catalogue);
        if self.roles.load().as_ref().is_some_and(|known| **known == roles) {
            return;
        }
        self.roles.store(Some(Arc::new(roles)));
        self.tell(AccessChange::OfAnybody);
    }

    /// What is known of a subject is too old from now on, also what is being read of it at this moment.
    pub(super) fn outdate(&self, user_id: UserId) {
        self.heard.fetch_add(1, Ordering::AcqRel);
        self.counter(user_id).fetch_add(1, Ordering::AcqRel);
    }

    /// Drops a subject whose grants changed.
    pub async fn invalidate(&self, user_id: UserId) {
        self.outdate(user_id);
        self.grants.invalidate(&user_id).await;
        self.tell(AccessChange::Of(user_id));
    }

    /// Drops everything: the bus was away and messages may be missing.
    pub fn invalidate_all(&self) {
        self.heard.fetch_add(1, Ordering::AcqRel);
        self.losses.fetch_add(1, Ordering::AcqRel);
        self.grants.invalidate_all();
        self.tell(AccessChange::OfAnybody);
    }

    /// Changes from now on, told once the new permissions are in force here.
    pub fn changes(&self) -> broadcast::Receiver<AccessChange> {
        self.followers.subscribe()
    }

    fn tell(&self, change: AccessChange) {
        // Nobody following is fine.
        let _ = self.followers.send(change);
    }

    #[allow(clippy::cast_possible_truncation, reason = "the low bits of an id are its random ones")]
    fn counter(&self, user_id: UserId) -> &AtomicU64 {
        &self.changes[user_id.0.as_u128() as usize % COUNTERS]
    }

    /// How often anything was heard of, of whomever. It rises before ages do.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Acquire)
    }

    /// How old what is known of a subject may be.
    pub(super) fn age(&self, user_id: UserId) -> Age {
        Age(self.counter(user_id).load(Ordering::Acquire), self.losses.load(Ordering::Acquire))
    }

    /// What a subject holds. With users away, only subjects in the cache can be answered.
    pub(super) async fn of(&self, user_id: UserId, peers: &Peers) -> Result<Arc<Held>, Problem> {
        if let Some(known) = self.grants.get(&user_id).await.filter(|known| known.age == self.age(user_id)) {
            self.hits.with_label_values::<&str>(&[]).inc();
            return Ok(known.grants);
        }
        self.misses.with_label_values::<&str>(&[]).inc();
        let known = self.read(user_id, peers).await?;
        if known.age == self.age(user_id) {
            return Ok(known.grants);
        }
        // Reading began before the newest change. What is read now begins after the question was asked: new enough.
        self.grants.invalidate(&user_id).await;
        Ok(self.read(user_id, peers).await?.grants)
    }

    /// Reads what a subject holds, once for all who ask at the same time.
    async fn read(&self, user_id: UserId, peers: &Peers) -> Result<Known, Problem> {
        let load = async {
            let age = self.age(user_id);
            let grants = peers.call(&FindGrants { sub: user_id }, &Nothing {}).await?;
            let held = Held::ready(Arc::new(grants)).await;
            Ok::<_, PeerError>(Known { grants: Arc::new(held), age })
        };
        self.grants.try_get_with(user_id, load).await.map_err(|error| match &*error {
            // A subject that is gone holds nothing; the token tells of somebody who is no longer.
            PeerError::Problem { problem, .. } if problem.status == 404 => Problem::invalid_token(),
            error => {
                tracing::warn!(%error, "grants cannot be read");
                Problem::unavailable().detail("Permissions cannot be checked at the moment.").retry_after(1)
            }
        })
    }
}
