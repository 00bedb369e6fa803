//! What the platform has, as far as files speak of it.

use super::gateway::{DOCUMENT, FoundRoutes};
use super::read::Wanted;
use super::shape::Shape;
use crate::cli::Failure;
use crate::cli::signed_in::calls::Calls;
use crate::cli::signed_in::lists::{all, seen};
use crate::cli::signed_in::which::{ORGANISATIONS, SERVICE_ACCOUNTS};
use chrono::{DateTime, Utc};
use orion_contracts::OrganisationId;
use orion_contracts::organisations::Organisation;
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::teams::Team;
use orion_contracts::users::{
    DirectPermission, DirectPermissionList, HeldRole, HeldRoleList, PermissionInfo, Role, User,
};
use std::collections::{BTreeMap, BTreeSet};

/// A service account, and what it holds at the moment.
#[derive(Debug, Clone)]
pub(super) struct FoundAccount {
    pub(super) account: ServiceAccount,
    pub(super) roles: Vec<HeldRole>,
    pub(super) permissions: Vec<DirectPermission>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By name. Empty where no file speaks of roles.
    pub(super) roles: BTreeMap<String, Role>,
    /// Names of all permissions.
    pub(super) permissions: BTreeSet<String>,
    /// By what they are called in addresses.
    pub(super) organisations: BTreeMap<String, Organisation>,
    /// By the organisation's name in addresses.
    pub(super) teams: BTreeMap<String, Vec<Team>>,
    pub(super) accounts: Vec<FoundAccount>,
    /// The gateway's routes that are kept; none where no file speaks of them.
    pub(super) routes_kept: Option<FoundRoutes>,
    /// Who calls, where they may see that.
    pub(super) caller: Option<User>,
    /// When it was looked at.
    pub(super) now: DateTime<Utc>,
}

impl Found {
    /// Looks at the platform.
    pub(super) async fn read(
        calls: &mut Calls,
        wanted: &Wanted,
        prune: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        // A key may be limited to less. Whatever else is in the way is said: by who calls it is known what they must not remove.
        let caller = seen(calls, "/api/v1/users/me").await?;
        let mut found = Self { caller, now, ..Self::default() };
        if wanted.roles.is_some() || wanted.accounts.is_some() {
            found.roles = roles(calls).await?;
            let permissions: Vec<PermissionInfo> = all(calls, "/api/v1/permissions").await?;
            found.permissions = permissions.into_iter().map(|permission| permission.name).collect();
        }
        let names_one = || wanted.accounts.iter().flatten().any(|(_, account)| account.value.organisation.is_some());
        if wanted.organisations.is_some() || names_one() {
            let organisations: Vec<Organisation> = all(calls, ORGANISATIONS).await?;
            found.organisations = organisations.into_iter().map(|one| (one.slug.clone(), one)).collect();
        }
        for (slug, organisation) in wanted.organisations.iter().flatten() {
            if let (Some(_), Some(there)) = (&organisation.value.teams, found.organisations.get(slug)) {
                let teams = all(calls, &format!("{ORGANISATIONS}/{}/teams", there.id)).await?;
                found.teams.insert(slug.clone(), teams);
            }
        }
        if let Some(named) = &wanted.accounts {
            let accounts: Vec<ServiceAccount> = all(calls, SERVICE_ACCOUNTS).await?;
            for account in accounts {
                // Of others nothing is asked; of those that would go, what they hold.
                if prune || named.contains_key(&account.name) {
                    found.accounts.push(with_what_it_holds(calls, account, now).await?);
                }
            }
            // Something is named by what it is called, also where no file speaks of organisations.
            let is_unnamed = |there: &FoundAccount| there.account.organisation_id.is_some();
            if found.organisations.is_empty() && found.accounts.iter().any(is_unnamed) {
                let organisations: Vec<Organisation> = all(calls, ORGANISATIONS).await?;
                found.organisations = organisations.into_iter().map(|one| (one.slug.clone(), one)).collect();
            }
        }
        if wanted.routes.is_some() {
            found.routes_kept = Some(FoundRoutes::of(&calls.get(DOCUMENT).await?));
        }
        Ok(found)
    }

    /// Everything, for an export.
    pub(super) async fn everything(calls: &mut Calls, now: DateTime<Utc>) -> Result<Self, Failure> {
        let mut wanted = Wanted { roles: Some(BTreeMap::new()), ..Wanted::default() };
        wanted.organisations = Some(BTreeMap::new());
        wanted.accounts = Some(BTreeMap::new());
        let mut found = Self::read(calls, &wanted, true, now).await?;
        for (slug, organisation) in &found.organisations {
            let teams = all(calls, &format!("{ORGANISATIONS}/{}/teams", organisation.id)).await?;
            found.teams.insert(slug.clone(), teams);
        }
        // Not everybody who looks after people may see the gateway's.
        let document: Option<serde_json::Value> = seen(calls, DOCUMENT).await?;
        found.routes_kept = document.as_ref().map(FoundRoutes::of);
        Ok(found)
    }

    /// How the roles inherit from each other.
    pub(super) fn shape(&self) -> Shape {
        shape(&self.roles)
    }

    /// What an organisation is called in addresses.
    pub(super) fn slug(&self, id: OrganisationId) -> Option<&str> {
        self.organisations.values().find(|one| one.id == id).map(|one| one.slug.as_str())
    }
}

/// The roles by name. Such as belong to one organisation are its own.
pub(super) async fn roles(calls: &mut Calls) -> Result<BTreeMap<String, Role>, Failure> {
    let roles: Vec<Role> = all(calls, "/api/v1/roles").await?;
    let roles = roles.into_iter().filter(|role| role.organisation_id.is_none());
    Ok(roles.map(|role| (role.name.clone(), role)).collect())
}

/// How roles inherit from each other.
pub(super) fn shape(roles: &BTreeMap<String, Role>) -> Shape {
    Shape(roles.iter().map(|(name, role)| (name.clone(), role.into())).collect())
}

async fn with_what_it_holds(
    calls: &mut Calls,
    account: ServiceAccount,
    now: DateTime<Utc>,
) -> Result<FoundAccount, Failure> {
    let path = format!("/api/v1/users/{}", account.id);
    let roles: HeldRoleList = calls.get(&format!("{path}/roles")).await?;
    let permissions: DirectPermissionList = calls.get(&format!("{path}/permissions")).await?;
    let is_over = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= now);
    Ok(FoundAccount {
        account,
        roles: roles.items.into_iter().filter(|held| !is_over(held.expires_at)).collect(),
        permissions: permissions.items.into_iter().filter(|held| !is_over(held.expires_at)).collect(),
    })
}
