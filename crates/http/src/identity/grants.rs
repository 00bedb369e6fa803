//! What subjects may do: all roles, and a bounded cache of who holds which.

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use moka::future::Cache;
use orion_contracts::users::{Grants, Role, RoleCatalogue};
use orion_contracts::{OrganisationId, Permission, Problem, RoleId, ServiceName, UserId};
use orion_infra::Metrics;
use orion_infra::peers::{PeerError, Peers};
use prometheus::IntCounterVec;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How many subjects are kept.
const CAPACITY: u64 = 100_000;
/// A bound on how long a lost invalidation can matter.
const LIFETIME: Duration = Duration::from_secs(300);

/// Roles and the cache of grants.
pub struct GrantCache {
    roles: ArcSwapOption<HashMap<RoleId, Role>>,
    grants: Cache<UserId, Arc<Grants>>,
    hits: IntCounterVec,
    misses: IntCounterVec,
}

impl GrantCache {
    /// Empty.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            roles: ArcSwapOption::empty(),
            grants: Cache::builder().max_capacity(CAPACITY).time_to_live(LIFETIME).build(),
            hits: metrics.counter("db_cache_hits", "Rows found in memory instead of the database.", &[]),
            misses: metrics.counter("db_cache_misses", "Rows not found in memory.", &[]),
        }
    }

    /// All roles, once they are known.
    pub fn roles(&self) -> Option<Arc<HashMap<RoleId, Role>>> {
        self.roles.load_full()
    }

    /// Takes a newer catalogue.
    pub fn set_roles(&self, catalogue: RoleCatalogue) {
        self.roles.store(Some(Arc::new(catalogue.roles.into_iter().map(|role| (role.id, role)).collect())));
    }

    /// Drops a subject whose grants changed.
    pub async fn invalidate(&self, user_id: UserId) {
        self.grants.invalidate(&user_id).await;
    }

    /// Drops everything: the bus was away and messages may be missing.
    pub fn invalidate_all(&self) {
        self.grants.invalidate_all();
    }

    /// What a subject holds. With users away, only subjects in the cache can be answered.
    pub async fn of(&self, user_id: UserId, peers: &Peers) -> Result<Arc<Grants>, Problem> {
        if let Some(grants) = self.grants.get(&user_id).await {
            self.hits.with_label_values::<&str>(&[]).inc();
            return Ok(grants);
        }
        self.misses.with_label_values::<&str>(&[]).inc();
        let load = async {
            let grants: Grants = peers.to(ServiceName::Users).get(&format!("/internal/v1/grants/{user_id}")).await?;
            Ok::<_, PeerError>(Arc::new(grants))
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

/// One subject's grants, resolved at one moment.
pub struct Access {
    grants: Arc<Grants>,
    roles: Arc<HashMap<RoleId, Role>>,
    organisation: Option<OrganisationId>,
    now: DateTime<Utc>,
}

impl Access {
    pub(super) fn new(
        grants: Arc<Grants>,
        roles: Arc<HashMap<RoleId, Role>>,
        organisation: Option<OrganisationId>,
        now: DateTime<Utc>,
    ) -> Self {
        Self { grants, roles, organisation, now }
    }

    fn applies(&self, organisation: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>) -> bool {
        expires_at.is_none_or(|expires| expires > self.now)
            && (organisation.is_none() || organisation == self.organisation)
    }

    fn held_roles(&self) -> impl Iterator<Item = &Role> {
        self.grants
            .roles
            .iter()
            .filter(|grant| self.applies(grant.organisation_id, grant.expires_at))
            .filter_map(|grant| self.roles.get(&grant.role_id))
    }

    /// Whether the permission is held. Denied unless something grants it.
    pub fn allows(&self, permission: Permission) -> bool {
        self.grants.active
            && (self.held_roles().any(|role| role.permissions.iter().any(|name| name == permission.name))
                || self.grants.permissions.iter().any(|grant| {
                    grant.permission == permission.name && self.applies(grant.organisation_id, grant.expires_at)
                }))
    }

    /// Names of the roles held.
    pub fn role_names(&self) -> Vec<String> {
        self.held_roles().map(|role| role.name.clone()).collect()
    }

    /// The highest level among the roles held.
    pub fn level(&self) -> i32 {
        self.held_roles().map(|role| role.level).max().unwrap_or(0)
    }

    /// Names of all permissions held.
    pub fn permissions(&self) -> Vec<String> {
        use orion_contracts::permissions::ALL;
        ALL.iter().filter(|permission| self.allows(**permission)).map(|permission| permission.name.to_owned()).collect()
    }
}
