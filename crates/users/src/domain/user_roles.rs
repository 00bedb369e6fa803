//! Giving roles and taking them away. Nobody gives what they do not hold for as long (`giving.rs`), or acts above themselves; what
//! is taken goes by its level, for it gives nobody anything. And somebody always holds super_admin, so that has no condition. A role of the
//! scope `user` is given as one that holds for everything: what is for one's own things alone is nobody's to give.

use super::giving::{self, Giver};
use super::{Users, conditions, invitations, moments, ranks};
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::UserRoleChanged;
use orion_contracts::roles::{SUPER_ADMIN, is_role_name};
use orion_contracts::users::{AssignRole, HeldRole, HeldRoleList, PermissionScope, UserStatus};
use orion_contracts::{FieldCode, Problem, UserId};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use serde::Serialize;
use serde_json::json;

/// A role and a user, locked, whose combination the caller may change.
struct Subject {
    role: store::roles::Model,
    user: store::users::Model,
    /// How the user holds the role at the moment.
    held: Option<store::user_roles::Model>,
    /// The same under a condition: one of them, but where a version that knows no conditions gave it beside.
    conditional: Option<store::conditional_roles::Model>,
    /// The same for what is their own, where the role is such a one; then there are no others.
    narrow: Option<store::narrow_roles::Model>,
}

/// What binds a role that is held, as the audit log keeps it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Binding {
    role: String,
    expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
}

impl Subject {
    /// What stands there at the moment; without a condition where it stands both ways, for that holds.
    fn before(&self) -> Option<Binding> {
        let role = &self.role.name;
        let held = self.held.as_ref().map(|held| (held.expires_at, None));
        let held =
            held.or_else(|| self.conditional.as_ref().map(|held| (held.expires_at, Some(held.condition.clone()))));
        let held = held.or_else(|| self.narrow.as_ref().map(|held| (held.expires_at, None)));
        held.map(|(expires_at, condition)| Binding { role: role.clone(), expires_at, condition })
    }

    /// Whether the role holds for what is its holder's own alone.
    fn is_narrow(&self) -> bool {
        self.role.scope == PermissionScope::User.as_str()
    }

    fn stands_both_ways(&self) -> bool {
        self.held.is_some() && self.conditional.is_some()
    }
}

impl Users {
    /// The roles that a user holds.
    pub(crate) async fn held_roles(&self, user: UserId) -> Result<HeldRoleList, UsersError> {
        let db = self.infra.db.read();
        store::users::find(db, user).await?.ok_or(UsersError::UserNotFound)?;
        let mut items = store::user_roles::of_user(db, user).await?;
        items.extend(store::conditional_roles::of_user(db, user).await?);
        items.extend(store::narrow_roles::of_user(db, user).await?);
        items.sort_by(|left, right| {
            let place = |held: &HeldRole| (held.organisation_id, held.team_id);
            (&left.role, place(left)).cmp(&(&right.role, place(right)))
        });
        Ok(HeldRoleList { items })
    }

    /// Gives a role, or changes until when and under what condition it is held.
    pub(crate) async fn assign_role(
        &self,
        caller: &Permitted,
        user: UserId,
        role: &str,
        key: &IdempotencyKey,
        request: &AssignRole,
    ) -> Result<(), UsersError> {
        check(request, self.infra.clock.now())?;
        if role == SUPER_ADMIN && request.condition.is_some() {
            let message = "is not for super_admin, which somebody must always hold";
            return Err(UsersError::invalid("condition", FieldCode::Invalid, message));
        }
        conditions::check(request.condition.clone()).await?;
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let subject = lock(change, caller, user, role).await?;
                if subject.user.status()? == UserStatus::PendingVerification {
                    return Err(UsersError::NotVerified);
                }
                if subject.is_narrow() && request.condition.is_some() {
                    let message = "is not for a role that holds for its holder's own things alone";
                    return Err(UsersError::invalid("condition", FieldCode::Invalid, message));
                }
                let (expires_at, condition) = (request.expires_at, request.condition.clone());
                let (before, after) = (subject.before(), Binding { role: role.to_owned(), expires_at, condition });
                if before.as_ref() == Some(&after) && !subject.stands_both_ways() {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(());
                }
                // What is demanded of the holders of a role, such as a second factor, nobody sheds by their own hand.
                if request.condition.is_some() && subject.held.is_some() && user == caller.user_id() {
                    return Err(UsersError::OwnRoleUnderCondition);
                }
                let giver = Giver::caller(change, caller).await?;
                giver.refuse_beyond(change, &subject.role, request.expires_at).await?;
                if role == SUPER_ADMIN && giving::is_denied_something(change, user).await? {
                    return Err(UsersError::SuperAdminDenied);
                }
                put(change, &subject, caller.user_id(), request).await?;
                let record = AuditRecord::new(AuditAction::RoleAssign, "user", format!("Gave the role {role}"));
                let before = before.as_ref().map(audited).transpose()?;
                finish(change, subject.user, record.values(before, Some(audited(&after)?))).await
            })
            .await
    }

    /// Takes a role away, and out of what somebody was promised who has not come yet. Taking one that is neither held nor promised
    /// changes nothing.
    pub(crate) async fn revoke_role(&self, caller: &Permitted, user: UserId, role: &str) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let subject = lock(change, caller, user, role).await?;
                let is_promised = invitations::take_back(change, &subject.user, &subject.role).await?;
                let Some(before) = subject.before() else {
                    return if is_promised { finish_promise(change, subject).await } else { Ok(()) };
                };
                if let Some(held) = &subject.held {
                    keep_one(change, &subject).await?;
                    store::user_roles::delete(change, held.id).await?;
                }
                if let Some(held) = &subject.conditional {
                    store::conditional_roles::delete(change, held.id).await?;
                }
                if let Some(held) = &subject.narrow {
                    store::narrow_roles::delete(change, held.id).await?;
                }
                let record = AuditRecord::new(AuditAction::RoleRevoke, "user", format!("Took the role {role} away"));
                finish(change, subject.user, record.values(Some(audited(&before)?), None)).await
            })
            .await
    }
}

/// Locks role and users, and checks the levels: of two who take each other's role, the second one no longer has theirs.
async fn lock(change: &Change, caller: &Permitted, user: UserId, role: &str) -> Result<Subject, UsersError> {
    if !is_role_name(role) {
        return Err(UsersError::RoleNotFound);
    }
    let role = store::roles::lock(change, role).await?.ok_or(UsersError::RoleNotFound)?;
    if ![PermissionScope::Global.as_str(), PermissionScope::User.as_str()].contains(&role.scope.as_str()) {
        return Err(UsersError::RoleInsideOnly);
    }
    let ranks::Subject { user, own_level } = ranks::lock(change, caller, user).await?;
    if role.level > own_level {
        return Err(UsersError::RoleAboveCaller);
    }
    let held = store::user_roles::find(change, UserId(user.id), role.id).await?;
    let conditional = store::conditional_roles::find(change, UserId(user.id), role.id).await?;
    let narrow = store::narrow_roles::find(change, UserId(user.id), role.id, None).await?;
    Ok(Subject { role, user, held, conditional, narrow })
}

/// Gives the role as it is asked for, in the place of what stands there.
async fn put(change: &Change, subject: &Subject, by: UserId, request: &AssignRole) -> Result<(), UsersError> {
    if subject.is_narrow() {
        return put_narrow(change, subject, by, request.expires_at).await;
    }
    let user = UserId(subject.user.id);
    if request.condition.is_some() {
        conditions::refuse_too_many(change, user, usize::from(subject.conditional.is_some())).await?;
    }
    if let Some(held) = &subject.conditional {
        store::conditional_roles::delete(change, held.id).await?;
    }
    let (id, user_id, role_id) = (change.id(), user.0, subject.role.id);
    let (organisation_id, assigned_by, assigned_at) = (None, Some(by.0), change.now());
    let expires_at = request.expires_at;
    match (&subject.held, request.condition.clone()) {
        (held, Some(condition)) => {
            if let Some(held) = held {
                keep_one(change, subject).await?;
                store::user_roles::delete(change, held.id).await?;
            }
            let given = store::conditional_roles::Model {
                id,
                user_id,
                role_id,
                organisation_id,
                condition,
                assigned_by,
                assigned_at,
                expires_at,
            };
            Ok(store::conditional_roles::insert(change, given).await?)
        }
        (Some(held), None) => {
            if expires_at.is_some() {
                keep_one(change, subject).await?;
            }
            Ok(store::user_roles::set_expiry(change, held.id, expires_at).await?)
        }
        (None, None) => {
            let given = store::user_roles::Model {
                id,
                user_id,
                role_id,
                organisation_id,
                assigned_by,
                assigned_at,
                expires_at,
            };
            Ok(store::user_roles::insert(change, vec![given]).await?)
        }
    }
}

/// The same of a role that holds for what is the user's own.
async fn put_narrow(
    change: &Change,
    subject: &Subject,
    by: UserId,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), UsersError> {
    if let Some(held) = &subject.narrow {
        return Ok(store::narrow_roles::set_expiry(change, held.id, expires_at).await?);
    }
    let given = store::narrow_roles::Model {
        id: change.id(),
        user_id: subject.user.id,
        role_id: subject.role.id,
        team_id: None,
        assigned_by: Some(by.0),
        assigned_at: change.now(),
        expires_at,
    };
    Ok(store::narrow_roles::insert(change, given).await?)
}

/// What the audit log keeps of it.
fn audited(held: &Binding) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(held).map_err(|error| {
        tracing::error!(%error, "a role that is held cannot be written as JSON");
        Problem::internal()
    })
}

/// Counts, audits and tells the change.
async fn finish(change: &mut Change, mut user: store::users::Model, record: AuditRecord) -> Result<(), UsersError> {
    user.version += 1;
    user.grants_version += 1;
    user.updated_at = change.now();
    let version = user.grants_version;
    store::users::update(change, &user).await?;
    let is_person = !user.is_service_account;
    let user = store::users::complete(change, user, change.now()).await?;
    change.audit(record.on(user.id));
    // Others know people; of a program they would make somebody who signs in.
    if is_person {
        change.tell(user.id.0, user.version, UserRoleChanged { user: (&user).into() });
    }
    change.announce(BusMessage::GrantsChanged { user_id: user.id, version });
    Ok(())
}

/// Counts and audits that a role is promised no more. Nothing that they hold has changed, and what others know of them neither.
async fn finish_promise(change: &mut Change, subject: Subject) -> Result<(), UsersError> {
    let Subject { role, user, .. } = subject;
    let words = format!("Took back the promise of the role {}", role.name);
    let record = AuditRecord::new(AuditAction::RoleRevoke, "user", words).on(user.id);
    change.audit(record.values(Some(json!({ "promised": role.name })), None));
    invitations::raised(change, user).await.map(drop)
}

/// Refuses to take super_admin from the last who holds it for good. The role is locked.
async fn keep_one(change: &Change, subject: &Subject) -> Result<(), UsersError> {
    match subject.role.name == SUPER_ADMIN {
        true => ranks::keep_a_super_admin(change, subject.user.id, subject.role.id).await,
        false => Ok(()),
    }
}

fn check(request: &AssignRole, now: DateTime<Utc>) -> Result<(), UsersError> {
    request.expires_at.map_or(Ok(()), |end| moments::check_end(end, now))
}
