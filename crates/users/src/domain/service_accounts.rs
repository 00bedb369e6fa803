//! Service accounts. Each has a row among the users, so that roles, permissions and the resolver take it for a subject like any other; auth
//! knows none of them, so nobody signs in as one. They call with API keys of their own.

use super::registration::blank;
use super::{Users, organisations, profile, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::service_accounts::Model;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{ServiceAccountCreated, ServiceAccountDeleted, ServiceAccountUpdated};
use orion_contracts::permissions::{Demand, ServiceAccountsWrite};
use orion_contracts::service_accounts::{CreateServiceAccount, ServiceAccount, UpdateServiceAccount};
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, Page, PageQuery, Problem, UserId};
use orion_http::identity::Object;
use orion_http::{Permitted, page};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;

impl Users {
    /// Makes a service account, which holds nothing yet.
    pub(crate) async fn create_service_account(
        &self,
        caller: &Permitted,
        key: &IdempotencyKey,
        request: &CreateServiceAccount,
    ) -> Result<ServiceAccount, UsersError> {
        if let Some(organisation) = request.organisation_id {
            self.may_add_programs(caller, organisation).await?;
        }
        self.infra
            .write_once(&caller.caller, key, async |change| {
                if let Some(organisation) = request.organisation_id {
                    organisations::lock_for_program(change, caller, organisation).await?;
                }
                let maker = ranks::lock_caller(change, caller, &Object::PLATFORM).await?;
                let (id, now): (UserId, _) = (change.id(), change.now());
                let address = Email::of_program(id);
                let subject = store::users::Model {
                    display_name: Some(request.name.trim().to_owned()),
                    status: UserStatus::Active.as_str().to_owned(),
                    is_service_account: true,
                    ..blank(id, &address, profile::DEFAULT_LOCALE, now)
                };
                store::users::insert(change, &subject).await?;
                let account = Model {
                    id: id.0,
                    name: request.name.trim().to_owned(),
                    description: request.description.clone(),
                    organisation_id: request.organisation_id.map(|organisation| organisation.0),
                    is_active: true,
                    created_by: maker.id,
                    created_at: now,
                    updated_at: now,
                    deleted_at: None,
                    version: 1,
                };
                store::service_accounts::insert(change, &account).await?;
                if let Some(organisation) = request.organisation_id {
                    organisations::join_program(change, caller, organisation, subject).await?;
                }
                let account = account.with_roles(Vec::new());
                let record = AuditRecord::new(AuditAction::Create, "service_account", "Made a service account");
                let record = record.on(id).for_organisation(account.organisation_id);
                change.audit(record.values(None, Some(audited(&account)?)));
                change.tell(id.0, account.version, ServiceAccountCreated { account: account.clone() });
                Ok(account)
            })
            .await
    }

    /// Service accounts, newest first.
    pub(crate) async fn service_accounts(&self, query: &PageQuery) -> Result<Page<ServiceAccount>, UsersError> {
        let limit = page::limit(query.limit)?;
        let before: Option<UserId> = page::decode(query.cursor.as_deref())?;
        let db = self.infra.db.read_aside();
        let found = store::service_accounts::list(db, before, u64::from(limit) + 1).await?;
        let found = page::page(found, limit, |account| UserId(account.id));
        let items = store::service_accounts::complete(db, found.items, self.infra.clock.now()).await?;
        Ok(Page { items, next_cursor: found.next_cursor })
    }

    /// One of them.
    pub(crate) async fn service_account(&self, id: UserId) -> Result<ServiceAccount, UsersError> {
        let db = self.infra.db.read();
        let found = store::service_accounts::find(db, id).await?.ok_or(UsersError::ServiceAccountNotFound)?;
        let mut complete = store::service_accounts::complete(db, vec![found], self.infra.clock.now()).await?;
        complete.pop().ok_or(UsersError::ServiceAccountNotFound)
    }

    /// Changes a service account; one that is not active has no keys that are taken.
    pub(crate) async fn update_service_account(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateServiceAccount,
    ) -> Result<ServiceAccount, UsersError> {
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let (subject, before) = lock(change, caller, id).await?;
                seen.check(before.version)?;
                let after = Model {
                    name: request.name.as_deref().map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
                    description: request.description.clone().unwrap_or_else(|| before.description.clone()),
                    is_active: request.is_active.unwrap_or(before.is_active),
                    ..before.clone()
                };
                if after == before {
                    change.unaudited("nothing changed; only the answer is kept");
                    return shown(change, before).await;
                }
                let status = if after.is_active { UserStatus::Active } else { UserStatus::Inactive };
                let (old, account) = write(change, subject, before, after, status).await?;
                let record = AuditRecord::new(AuditAction::Update, "service_account", "Changed a service account");
                let record = record.on(id).for_organisation(account.organisation_id);
                change.audit(record.values(Some(audited(&old)?), Some(audited(&account)?)));
                change.tell(id.0, account.version, ServiceAccountUpdated { account: account.clone() });
                Ok(account)
            })
            .await
    }

    /// Deletes a service account: none of its keys is taken any more. It is erased as people are who were deleted.
    pub(crate) async fn delete_service_account(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
    ) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let (subject, before) = lock(change, caller, id).await?;
                seen.check(before.version)?;
                end(change, (subject, before), "Deleted a service account").await
            })
            .await
    }
}

/// Deletes a service account with its organisation, unless it is gone.
pub(super) async fn end_with_organisation(change: &mut Change, id: UserId) -> Result<(), UsersError> {
    let subject = store::users::lock(change, id).await?;
    let found = store::service_accounts::find(change, id).await?;
    let (Some(subject), Some(account)) = (subject, found) else {
        change.unaudited("it was deleted meanwhile");
        return Ok(());
    };
    end(change, (subject, account), "Deleted a service account with its organisation").await
}

async fn end(
    change: &mut Change,
    (subject, before): (store::users::Model, Model),
    words: &'static str,
) -> Result<(), UsersError> {
    let id = UserId(subject.id);
    let after = Model { is_active: false, deleted_at: Some(change.now()), ..before.clone() };
    let (old, account) = write(change, subject, before, after, UserStatus::Deleted).await?;
    let record = AuditRecord::new(AuditAction::Delete, "service_account", words).on(id);
    change.audit(record.for_organisation(account.organisation_id).values(Some(audited(&old)?), None));
    change.tell(id.0, account.version, ServiceAccountDeleted { account });
    Ok(())
}

/// A service account that stands not above the caller, locked, whom they may change.
pub(super) async fn lock(
    change: &Change,
    caller: &Permitted,
    id: UserId,
) -> Result<(store::users::Model, Model), UsersError> {
    // Before anything is said of the rank of a person.
    store::service_accounts::find(change, id).await?.ok_or(UsersError::ServiceAccountNotFound)?;
    let write = ServiceAccountsWrite::PERMISSION;
    let ranks::Subject { user, .. } = ranks::lock_for(change, caller, write, id).await?;
    let account = store::service_accounts::find(change, id).await?.ok_or(UsersError::ServiceAccountNotFound)?;
    Ok((user, account))
}

/// Writes a service account and its row among the users, and has every process drop what it knows of it; before and after.
async fn write(
    change: &mut Change,
    mut subject: store::users::Model,
    before: Model,
    after: Model,
    status: UserStatus,
) -> Result<(ServiceAccount, ServiceAccount), UsersError> {
    let now = change.now();
    let after = Model { version: before.version + 1, updated_at: now, ..after };
    store::service_accounts::update(change, &after).await?;
    subject.display_name = Some(after.name.clone());
    status.as_str().clone_into(&mut subject.status);
    subject.deleted_at = after.deleted_at;
    subject.updated_at = now;
    subject.version += 1;
    subject.grants_version += 1;
    store::users::update(change, &subject).await?;
    let user_id = UserId(subject.id);
    change.announce(BusMessage::GrantsChanged { user_id, version: subject.grants_version });
    Ok((shown(change, before).await?, shown(change, after).await?))
}

async fn shown(change: &Change, account: Model) -> Result<ServiceAccount, UsersError> {
    let mut roles = store::user_roles::names(change, &[account.id], change.now()).await?;
    let held = roles.remove(&account.id).unwrap_or_default();
    Ok(account.with_roles(held))
}

/// What the audit log keeps of it.
fn audited(account: &ServiceAccount) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(account).map_err(|error| {
        tracing::error!(%error, "a service account cannot be written as JSON");
        Problem::internal()
    })
}
