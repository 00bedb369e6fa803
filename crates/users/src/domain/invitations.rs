//! People whom an administrator creates. They are pending, and nobody, until they have opened the link that auth mails them and
//! chosen their password: an address that somebody has is refused, so nobody is taken over; and the roles that they were promised
//! are given then, as far as who promised them may still give them.

use super::giving::{self, Giver};
use super::registration::{Issued, blank};
use super::{Users, organisations, profile, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::invitations::Model;
use chrono::Duration;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::{InvitationWithdrawn, Sealed, UserInvited};
use orion_contracts::invitations::{Invitation, InviteUser};
use orion_contracts::permissions::RolesAssign;
use orion_contracts::roles::{GUEST, SUPER_ADMIN, USER, is_role_name};
use orion_contracts::users::{PermissionScope, User, UserStatus};
use orion_contracts::{FieldCode, UserId};
use orion_http::identity::Object;
use orion_http::{Caller, Permitted};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::secrets::Scope;
use serde_json::json;
use uuid::Uuid;

/// What the token of an invitation is sealed for, between users and auth.
const PURPOSE: &str = "invitation";

impl Users {
    /// Creates somebody, and invites them if asked to.
    pub(crate) async fn invite(
        &self,
        permitted: &Permitted,
        key: &IdempotencyKey,
        request: &InviteUser,
    ) -> Result<User, UsersError> {
        let roles = promised(&request.roles)?;
        if !roles.is_empty() {
            permitted.may(RolesAssign, Object::PLATFORM)?;
        }
        let locale = profile::locale(request.locale.as_deref().unwrap_or(profile::DEFAULT_LOCALE))?;
        let name = |field, text: &Option<String>| text.as_deref().map(|text| profile::name(field, text)).transpose();
        let display_name = name("display_name", &request.display_name)?;
        let (first_name, last_name) =
            (name("first_name", &request.first_name)?, name("last_name", &request.last_name)?);
        let caller: &Caller = permitted;
        let made = self
            .infra
            .write_once(caller, key, async |change| {
                let promised = lock_roles(change, &roles).await?;
                let actor = ranks::lock_caller(change, permitted, &Object::PLATFORM).await?;
                refuse_promise(change, caller, &promised).await?;
                if store::users::lock_by_email(change, &request.email).await?.is_some() {
                    return Err(UsersError::EmailTaken);
                }
                let user = store::users::Model {
                    display_name: display_name.clone(),
                    first_name: first_name.clone(),
                    last_name: last_name.clone(),
                    ..blank(change.id(), &request.email, &locale, change.now())
                };
                let (user, invitation) = self.create_pending(change, user, &promised, actor.id).await?;
                if request.invite {
                    let words = Words { invited_by: actor.display_name, ..Words::default() };
                    self.send(change, &user, invitation, words).await?;
                }
                Ok(user)
            })
            .await;
        // Of two who invite an address at once, the second finds it taken.
        made.map_err(|error| match error {
            UsersError::Db(error) if error.is_unique_violation() => UsersError::EmailTaken,
            error => error,
        })
    }

    async fn create_pending(
        &self,
        change: &mut Change,
        user: store::users::Model,
        promised: &[store::roles::Model],
        invited_by: Uuid,
    ) -> Result<(User, Model), UsersError> {
        let user = self.insert(change, user, &[GUEST]).await?;
        let invitation = Model {
            user_id: user.id.0,
            roles: json!(promised.iter().map(|role| &role.name).collect::<Vec<_>>()).to_string(),
            role_ids: Some(json!(promised.iter().map(|role| role.id).collect::<Vec<_>>()).to_string()),
            invited_by,
            created_at: change.now(),
            sent_at: None,
            expires_at: None,
            withdrawn_at: None,
            accepted_at: None,
        };
        store::invitations::insert(change, &invitation).await?;
        Ok((user, invitation))
    }

    /// Mails a link to somebody whom a member invites to an organisation and who has no password yet, whom it makes where there is nobody;
    /// its id. They are promised nothing but what they are there. Nobody who came by themselves, or whose invitation was withdrawn or
    /// would promise something again, gets one.
    pub(super) async fn invite_to(
        &self,
        change: &mut Change,
        user: store::users::Model,
        inviter: &store::users::Model,
        organisation: &str,
    ) -> Result<Option<Uuid>, UsersError> {
        let id = UserId(user.id);
        let (user, invitation) = match store::users::lock(change, id).await? {
            None => self.create_pending(change, user, &[], inviter.id).await?,
            Some(user) => {
                let invitation = store::invitations::find(change, id).await?.filter(|invitation| {
                    let is_good = invitation.expires_at.is_some_and(|end| change.now() < end);
                    invitation.withdrawn_at.is_none() && (is_good || names(invitation).is_empty())
                });
                let is_pending = user.status()? == UserStatus::PendingVerification;
                let Some(invitation) = invitation.filter(|_| is_pending) else { return Ok(None) };
                (raised(change, user).await?, invitation)
            }
        };
        let (invited_by, organisation) = (inviter.display_name.clone(), Some(organisation.to_owned()));
        let (_, link) = self.send(change, &user, invitation, Words { invited_by, organisation }).await?;
        Ok(Some(link))
    }

    /// The invitation of a user whom the caller may see.
    pub(crate) async fn invitation(&self, caller: &Permitted, id: UserId) -> Result<Invitation, UsersError> {
        self.find_as(caller, id).await?;
        let found = store::invitations::find(self.infra.db.read(), id).await?;
        Ok(shown(found.ok_or(UsersError::NotInvited)?))
    }

    /// Sends an invitation, for the first time or once more. Links that were sent before stay good as long as they said.
    pub(crate) async fn send_invitation(
        &self,
        permitted: &Permitted,
        id: UserId,
        key: &IdempotencyKey,
    ) -> Result<Invitation, UsersError> {
        let caller: &Caller = permitted;
        self.infra
            .write_once(caller, key, async |change| {
                // Roles come before users, whoever locks them; what they were promised grows no more.
                let found = store::invitations::find(change, id).await?.ok_or(UsersError::NotInvited)?;
                let mut promised = lock_roles_that_are(change, &names(&found)).await?;
                promised.retain(|role| found.promises(role.id));
                let (user, invitation) = self.lock_invited(change, permitted, id).await?;
                // Who sends it promises what stands in it.
                if !promised.is_empty() {
                    permitted.may(RolesAssign, Object::about(id))?;
                }
                refuse_promise(change, caller, &promised).await?;
                let actor = ranks::lock_caller(change, permitted, &Object::about(id)).await?;
                let user = raised(change, user).await?;
                let invitation = Model { invited_by: actor.id, withdrawn_at: None, ..invitation };
                let words = Words { invited_by: actor.display_name, ..Words::default() };
                let (sent, _) = self.send(change, &user, invitation, words).await?;
                let record = AuditRecord::new(AuditAction::Update, "user", "Sent an invitation");
                change.audit(record.on(id).values(None, Some(json!({ "expires_at": sent.expires_at }))));
                Ok(shown(sent))
            })
            .await
    }

    /// Withdraws an invitation. Withdrawn again, nothing changes.
    pub(crate) async fn withdraw_invitation(&self, caller: &Permitted, id: UserId) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let (user, invitation) = self.lock_invited(change, caller, id).await?;
                if invitation.withdrawn_at.is_some() {
                    change.unaudited("it was withdrawn before");
                    return Ok(());
                }
                let now = change.now();
                let user = raised(change, user).await?;
                store::email_verifications::void_of(change, id, now).await?;
                store::invitations::update(change, &Model { withdrawn_at: Some(now), ..invitation }).await?;
                change.audit(AuditRecord::new(AuditAction::Update, "user", "Withdrew an invitation").on(id));
                change.tell(id.0, user.version, InvitationWithdrawn { user_id: id });
                Ok(())
            })
            .await
    }

    /// A user who waits for their first sign-in, locked, and their invitation.
    async fn lock_invited(
        &self,
        change: &Change,
        caller: &Permitted,
        id: UserId,
    ) -> Result<(store::users::Model, Model), UsersError> {
        let ranks::Subject { user, .. } = ranks::lock(change, caller, id).await?;
        let invitation = store::invitations::find(change, id).await?.ok_or(UsersError::NotInvited)?;
        if user.status()? != UserStatus::PendingVerification {
            return Err(UsersError::InvitationAccepted);
        }
        Ok((user, invitation))
    }

    /// Makes a link, and has auth mail it; the invitation, and the link's id.
    async fn send(
        &self,
        change: &mut Change,
        user: &User,
        invitation: Model,
        words: Words,
    ) -> Result<(Model, Uuid), UsersError> {
        let good_for = Duration::days(i64::from(self.config.get().invitation_days));
        let Issued { id: link, token, expires_at } = self.issue_verification(change, user, good_for).await?;
        let context = user.id.to_string();
        let sealed = self.infra.secrets.seal(Scope::InMessages, PURPOSE, &context, token.expose().as_bytes());
        let sent = Model { sent_at: Some(change.now()), expires_at: Some(expires_at), ..invitation };
        store::invitations::update(change, &sent).await?;
        let Words { invited_by, organisation } = words;
        let told = UserInvited { user: user.into(), token: Sealed(sealed), expires_at, invited_by, organisation };
        change.tell(user.id.0, user.version, told);
        Ok((sent, link))
    }
}

/// What the mail of an invitation says.
#[derive(Default)]
struct Words {
    /// The name of who invites them.
    invited_by: Option<String>,
    /// What the organisation is called that they join.
    organisation: Option<String>,
}

/// A user at their next version: auth tells by it what of an invitation came later, for events may reach it out of order.
pub(super) async fn raised(change: &Change, mut user: store::users::Model) -> Result<User, UsersError> {
    (user.version, user.updated_at) = (user.version + 1, change.now());
    store::users::update(change, &user).await?;
    Ok(store::users::complete(change, user, change.now()).await?)
}

/// Gives a user who has come what they were promised: a role that is still there, by somebody who is still active and could give it
/// now. Nothing of it where the invitation was never sent, was withdrawn or ran out.
pub(super) async fn accept(change: &mut Change, invitation: Model, link: Uuid) -> Result<(), UsersError> {
    let (now, user) = (change.now(), UserId(invitation.user_id));
    // Who was never sent a link came by themselves.
    let is_good = invitation.withdrawn_at.is_none() && invitation.expires_at.is_some_and(|end| now < end);
    let promised = names(&invitation);
    let promised: Vec<_> = promised.iter().map(String::as_str).collect();
    let inviter = UserId(invitation.invited_by);
    if is_good && !promised.is_empty() {
        let mut roles = store::roles::by_names(change, &promised).await?;
        roles.retain(|role| invitation.promises(role.id));
        for role in giving::could_give(change, inviter, roles).await? {
            let is_denied = role.name == SUPER_ADMIN && giving::is_denied_something(change, user).await?;
            if is_denied || store::user_roles::find(change, user, role.id).await?.is_some() {
                continue;
            }
            let given = store::user_roles::Model {
                id: change.id(),
                user_id: user.0,
                role_id: role.id,
                organisation_id: None,
                assigned_by: Some(inviter.0),
                assigned_at: now,
                expires_at: None,
            };
            store::user_roles::insert(change, vec![given]).await?;
        }
    }
    organisations::join_as_promised(change, user, link).await?;
    Ok(store::invitations::update(change, &Model { accepted_at: Some(now), ..invitation }).await?)
}

/// Takes a role out of what somebody, who is locked, was promised and has not come for yet, be it withdrawn by now: it may be sent
/// again. Whether it was promised.
pub(super) async fn take_back(
    change: &Change,
    user: &store::users::Model,
    role: &store::roles::Model,
) -> Result<bool, UsersError> {
    let found = store::invitations::find(change, UserId(user.id)).await?;
    let waiting = found.filter(|invitation| invitation.accepted_at.is_none());
    let Some(after) = waiting.and_then(|invitation| invitation.without(role)) else { return Ok(false) };
    store::invitations::update(change, &after).await?;
    Ok(true)
}

/// Names of roles beside the one that everybody has, each once.
fn promised(names: &[String]) -> Result<Vec<String>, UsersError> {
    let mut names: Vec<_> = names.iter().filter(|name| *name != USER).cloned().collect();
    names.sort_unstable();
    names.dedup();
    match names.iter().all(|name| is_role_name(name) && name != GUEST) {
        true => Ok(names),
        false => Err(unknown_role()),
    }
}

fn unknown_role() -> UsersError {
    UsersError::invalid("roles", FieldCode::NotOneOf, "must be names of roles that exist")
}

/// Locks the roles.
async fn lock_roles(change: &Change, names: &[String]) -> Result<Vec<store::roles::Model>, UsersError> {
    let roles = lock_roles_that_are(change, names).await?;
    if roles.len() < names.len() { Err(unknown_role()) } else { Ok(roles) }
}

/// Locks those of the roles that there still are: one that is gone is promised no more.
async fn lock_roles_that_are(change: &Change, names: &[String]) -> Result<Vec<store::roles::Model>, UsersError> {
    let mut roles = Vec::new();
    for name in names {
        let role = store::roles::lock(change, name).await?;
        roles.extend(role.filter(|role| role.scope == PermissionScope::Global.as_str()));
    }
    Ok(roles)
}

/// Refuses to promise what the caller, who is locked, could not give for good.
async fn refuse_promise(change: &Change, caller: &Caller, roles: &[store::roles::Model]) -> Result<(), UsersError> {
    if roles.is_empty() {
        return Ok(());
    }
    let giver = Giver::caller(change, caller).await?;
    for role in roles {
        giver.refuse_beyond(change, role, None).await?;
    }
    Ok(())
}

/// The names of the roles that an invitation promises.
fn names(invitation: &Model) -> Vec<String> {
    invitation.promised()
}

fn shown(invitation: Model) -> Invitation {
    Invitation {
        user_id: UserId(invitation.user_id),
        roles: names(&invitation),
        invited_by: UserId(invitation.invited_by),
        created_at: invitation.created_at,
        sent_at: invitation.sent_at,
        expires_at: invitation.expires_at,
        withdrawn_at: invitation.withdrawn_at,
        accepted_at: invitation.accepted_at,
    }
}
