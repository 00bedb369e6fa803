//! Rules and transactions. No HTTP routing, no SQL.

pub(crate) mod administrators;
mod api_key_uses;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod authz;
pub(crate) mod avatars;
mod conditions;
pub(crate) mod direct_permissions;
pub(crate) mod email_changes;
pub(crate) mod email_verifications;
mod givers;
mod giving;
pub(crate) mod invitations;
pub(crate) mod life_cycle;
pub(crate) mod lists;
mod moments;
#[cfg(test)]
mod oracle_tests;
pub(crate) mod organisations;
pub(crate) mod permissions;
mod picture;
#[cfg(test)]
mod picture_tests;
mod powers;
pub(crate) mod preferences;
pub(crate) mod profile;
mod profile_fields;
mod ranks;
pub(crate) mod registration;
pub(crate) mod role_edits;
mod role_ends;
pub(crate) mod roles;
pub(crate) mod seed;
pub(crate) mod service_accounts;
pub(crate) mod sign_ins;
pub(crate) mod spelling;
pub(crate) mod unverified;
pub(crate) mod user_list;
pub(crate) mod user_roles;

use crate::UsersConfig;
use crate::error::UsersError;
use crate::store;
use arc_swap::ArcSwapOption;
use orion_contracts::permissions::UsersRead;
use orion_contracts::users::{Grants, User};
use orion_contracts::{Problem, UserId};
use orion_http::Permitted;
use orion_infra::{Infra, Settings};
use prometheus::IntCounter;
use serde_json::Value;
use std::sync::Arc;

/// The service's state. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Users(Arc<Inner>);

pub(crate) struct Inner {
    infra: Infra,
    config: Settings<UsersConfig>,
    created: IntCounter,
    witness: audit::Witness,
    exports: audit::export::Exports,
    kept_roles: ArcSwapOption<roles::KeptRoles>,
    avatars: avatars::Room,
}

impl std::ops::Deref for Users {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Users {
    /// The state over the outside world.
    pub(crate) fn new(infra: Infra, config: Settings<UsersConfig>) -> Self {
        let created = infra.metrics.counter("users_created_total", "Users created.", &[]);
        let created = created.with_label_values::<&str>(&[]);
        let (witness, exports) = (audit::Witness::default(), audit::export::Exports::default());
        let kept_roles = ArcSwapOption::empty();
        Self(Arc::new(Inner {
            created,
            infra,
            config,
            witness,
            exports,
            kept_roles,
            avatars: avatars::Room::default(),
        }))
    }

    /// The outside world.
    pub(crate) fn infra(&self) -> &Infra {
        &self.infra
    }

    /// One user, whom the caller may see.
    pub(crate) async fn find_as(&self, caller: &Permitted, id: UserId) -> Result<User, UsersError> {
        let user = self.find(id).await?;
        caller.may(UsersRead, &user)?;
        Ok(user)
    }

    /// One user.
    pub(crate) async fn find(&self, id: UserId) -> Result<User, UsersError> {
        let db = self.infra.db.read();
        let user = store::users::find(db, id).await?.filter(|user| !user.is_service_account);
        let user = user.ok_or(UsersError::UserNotFound)?;
        Ok(store::users::complete(db, user, self.infra.clock.now()).await?)
    }

    /// A user as they see themselves: without what administrators keep beside them.
    pub(crate) async fn find_oneself(&self, id: UserId) -> Result<User, UsersError> {
        Ok(profile::as_oneself(self.find(id).await?))
    }

    /// What a subject holds.
    pub(crate) async fn grants(&self, id: UserId) -> Result<Grants, UsersError> {
        store::user_permissions::grants(self.infra.db.read(), id).await?.ok_or(UsersError::UserNotFound)
    }
}

/// What the audit log keeps of a user.
fn audited(user: &User) -> Result<Value, Problem> {
    serde_json::to_value(user).map_err(|error| {
        tracing::error!(%error, "a user cannot be written as JSON");
        Problem::internal()
    })
}

/// What differs of two states, for the audit log: fields that are the same stand in neither, at any depth.
fn differing(old: Value, new: Value) -> (Value, Value) {
    let (Value::Object(mut old), Value::Object(mut new)) = (old, new) else { return (Value::Null, Value::Null) };
    let names: Vec<_> = old.keys().filter(|name| new.contains_key(*name)).cloned().collect();
    for name in names {
        match (old.remove(&name), new.remove(&name)) {
            (Some(before), Some(after)) if before == after => {}
            (Some(before @ Value::Object(_)), Some(after @ Value::Object(_))) => {
                let (before, after) = differing(before, after);
                old.insert(name.clone(), before);
                new.insert(name, after);
            }
            (Some(before), Some(after)) => {
                old.insert(name.clone(), before);
                new.insert(name, after);
            }
            _ => {}
        }
    }
    (Value::Object(old), Value::Object(new))
}
