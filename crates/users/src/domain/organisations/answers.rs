//! What who was invited says to it: by the API, or on auth's page, to which the link of the mail leads. What became of an invitation is
//! kept for a while, so that whoever answers twice, or comes too late, is told.

use super::invitations::{RESOURCE, keep, promised};
use crate::domain::Users;
use crate::domain::powers::Powers;
use crate::domain::roles::Hierarchy;
use crate::error::UsersError;
use crate::store;
use crate::store::ended_organisation_invitations as answered;
use crate::store::organisation_invitations::{self as invitations, Model};
use crate::store::organisations;
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::organisations::{
    AnswerOrganisationInvitation, OrganisationInvitationFound, OrganisationInvitationStatus,
};
use orion_contracts::permissions::{Demand, ProfileWrite};
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, OrganisationId, OrganisationInvitationId, UserId};
use orion_http::Caller;
use orion_http::identity::{Bounds, Object};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use sea_orm::ConnectionTrait;

impl Users {
    /// Accepts an invitation.
    pub(crate) async fn accept_organisation_invitation(
        &self,
        caller: &Caller,
        invitation: OrganisationInvitationId,
    ) -> Result<(), UsersError> {
        self.infra.write(caller, async |change| accept(change, caller.user_id(), invitation, None).await).await
    }

    /// Declines an invitation.
    pub(crate) async fn decline_organisation_invitation(
        &self,
        caller: &Caller,
        invitation: OrganisationInvitationId,
    ) -> Result<(), UsersError> {
        self.infra.write(caller, async |change| decline(change, caller.user_id(), invitation, None).await).await
    }

    /// The answer that somebody has given on auth's page, where they have just signed in, to what they were shown; the same one again
    /// finds it given.
    pub(crate) async fn answer_organisation_invitation(
        &self,
        user: UserId,
        invitation: OrganisationInvitationId,
        answer: AnswerOrganisationInvitation,
    ) -> Result<OrganisationInvitationFound, UsersError> {
        let answered = self.infra.write(Author::user(user, None), async |change| {
            match answer.accept {
                true => accept(change, user, invitation, Some(answer.sent_at)).await?,
                false => decline(change, user, invitation, Some(answer.sent_at)).await?,
            }
            refuse_without_permission(change, change.now(), user).await
        });
        let refused = match answered.await {
            Err(UsersError::InvitationVoid) => Some(OrganisationInvitationStatus::Void),
            Err(UsersError::TooManyMemberships) => Some(OrganisationInvitationStatus::Full),
            // What there is none of any more may have been answered before, and what has changed is shown as it stands.
            Ok(())
            | Err(
                UsersError::OrganisationInvitationNotFound
                | UsersError::InvitationChanged
                | UsersError::CallerNotActive
                | UsersError::BeyondCaller(_),
            ) => None,
            Err(error) => return Err(error),
        };
        let found = self.organisation_invitation_of(user, invitation).await?;
        match refused {
            Some(status) if found.status == OrganisationInvitationStatus::Pending => {
                Ok(OrganisationInvitationFound { status, ..found })
            }
            _ => Ok(found),
        }
    }

    /// An invitation as who was invited is shown it, also once it was answered. To anybody else there is none.
    pub(crate) async fn organisation_invitation_of(
        &self,
        user: UserId,
        invitation: OrganisationInvitationId,
    ) -> Result<OrganisationInvitationFound, UsersError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let none = || UsersError::OrganisationInvitationNotFound;
        let person = store::users::find(db, user).await?.ok_or_else(none)?;
        if person.status()? != UserStatus::Active {
            return Err(none());
        }
        let Some(row) = invitations::find(db, invitation).await?.filter(|row| row.user_id == user.0) else {
            let row = answered::find(db, invitation).await?.filter(|row| row.user_id == user.0).ok_or_else(none)?;
            return Ok(OrganisationInvitationFound {
                status: status_of(db, &row).await?.ok_or_else(none)?,
                organisation_name: row.organisation_name,
                roles: Vec::new(),
                invited_by: None,
                sent_at: None,
                expires_at: None,
            });
        };
        let organisation = organisations::find(db, OrganisationId(row.organisation_id)).await?;
        let status = match row.expires_at > now {
            false => OrganisationInvitationStatus::Expired,
            true => match refuse_without_permission(db, now, user).await {
                Ok(()) => OrganisationInvitationStatus::Pending,
                Err(UsersError::BeyondCaller(_)) => OrganisationInvitationStatus::Denied,
                Err(error) => return Err(error),
            },
        };
        let names = promised(&row.promised());
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut roles = store::roles::by_names(db, &names).await?;
        roles.sort_by(|one, other| other.level.cmp(&one.level).then_with(|| one.name.cmp(&other.name)));
        let inviter = store::users::find(db, UserId(row.invited_by)).await?;
        Ok(OrganisationInvitationFound {
            status,
            organisation_name: organisation.ok_or_else(none)?.name,
            roles: roles.into_iter().map(|role| role.display_name).collect(),
            invited_by: inviter.and_then(|inviter| inviter.display_name),
            sent_at: Some(row.sent_at),
            expires_at: Some(row.expires_at),
        })
    }
}

/// What has become of one that has ended: what was accepted counts as long as they belong to it.
async fn status_of(
    db: &impl ConnectionTrait,
    row: &answered::Model,
) -> Result<Option<OrganisationInvitationStatus>, UsersError> {
    let status = row.status();
    if status != Some(OrganisationInvitationStatus::Accepted) {
        return Ok(status);
    }
    let (organisation, user) = (OrganisationId(row.organisation_id), UserId(row.user_id));
    let is_member = organisations::find(db, organisation).await?.is_some()
        && store::organisation_members::find(db, organisation, user).await?.is_some();
    Ok(if is_member { status } else { Some(OrganisationInvitationStatus::Left) })
}

/// Has somebody join by their invitation. The organisation is locked, and then they are.
async fn accept(
    change: &mut Change,
    own: UserId,
    invitation: OrganisationInvitationId,
    shown: Option<DateTime<Utc>>,
) -> Result<(), UsersError> {
    let organisation = lock_of(change, own, invitation).await?;
    let user = store::users::lock(change, own).await?.ok_or(UsersError::CallerNotActive)?;
    if user.status()? != UserStatus::Active {
        return Err(UsersError::CallerNotActive);
    }
    let found = as_shown(change, own, invitation, shown).await?;
    if found.expires_at <= change.now() {
        return Err(UsersError::OrganisationInvitationNotFound);
    }
    match keep(change, &found, user).await? {
        true => end(change, &found, &organisation.name, OrganisationInvitationStatus::Accepted).await,
        false => Err(UsersError::InvitationVoid),
    }
}

/// Ends somebody's invitation. The organisation is locked: whoever invites them anew comes before, or after.
async fn decline(
    change: &mut Change,
    own: UserId,
    invitation: OrganisationInvitationId,
    shown: Option<DateTime<Utc>>,
) -> Result<(), UsersError> {
    let organisation = lock_of(change, own, invitation).await?;
    let found = as_shown(change, own, invitation, shown).await?;
    end(change, &found, &organisation.name, OrganisationInvitationStatus::Declined).await
}

/// Locks the organisation of somebody's own invitation, which is looked at again after that.
async fn lock_of(
    change: &Change,
    own: UserId,
    invitation: OrganisationInvitationId,
) -> Result<organisations::Model, UsersError> {
    let found = own_of(change, own, invitation).await?;
    let organisation = organisations::lock(change, OrganisationId(found.organisation_id)).await?;
    organisation.ok_or(UsersError::OrganisationInvitationNotFound)
}

/// Somebody's own, if it is still the one that they were shown, where they were shown one.
async fn as_shown(
    change: &Change,
    own: UserId,
    invitation: OrganisationInvitationId,
    shown: Option<DateTime<Utc>>,
) -> Result<Model, UsersError> {
    let found = own_of(change, own, invitation).await?;
    match shown.is_none_or(|shown| shown.timestamp_micros() == found.sent_at.timestamp_micros()) {
        true => Ok(found),
        false => Err(UsersError::InvitationChanged),
    }
}

/// Somebody's own; of those of others nobody learns whether they are there.
async fn own_of(change: &Change, own: UserId, invitation: OrganisationInvitationId) -> Result<Model, UsersError> {
    let found = invitations::find(change, invitation).await?.filter(|found| found.user_id == own.0);
    found.ok_or(UsersError::OrganisationInvitationNotFound)
}

/// Ends an invitation, and keeps what became of it.
pub(super) async fn end(
    change: &mut Change,
    invitation: &Model,
    organisation_name: &str,
    status: OrganisationInvitationStatus,
) -> Result<(), UsersError> {
    let (action, words) = match status {
        OrganisationInvitationStatus::Accepted => (AuditAction::Update, "Accepted the invitation"),
        OrganisationInvitationStatus::Declined => (AuditAction::Delete, "Declined the invitation"),
        OrganisationInvitationStatus::Withdrawn => (AuditAction::Delete, "Withdrew the invitation to the organisation"),
        // These are no ends: it is there, or counts for nothing by itself.
        OrganisationInvitationStatus::Pending
        | OrganisationInvitationStatus::Expired
        | OrganisationInvitationStatus::Left
        | OrganisationInvitationStatus::Void
        | OrganisationInvitationStatus::Full
        | OrganisationInvitationStatus::Denied => return Err(UsersError::OrganisationInvitationNotFound),
    };
    if !invitations::delete(change, invitation.id).await? {
        return Err(UsersError::OrganisationInvitationNotFound);
    }
    let row = answered::Model {
        id: invitation.id,
        organisation_id: invitation.organisation_id,
        user_id: invitation.user_id,
        organisation_name: organisation_name.to_owned(),
        status: status.as_str().to_owned(),
        answered_at: change.now(),
    };
    answered::insert(change, row).await?;
    let organisation = OrganisationId(invitation.organisation_id);
    change.audit(AuditRecord::new(action, RESOURCE, words).on(invitation.id).for_organisation(organisation));
    Ok(())
}

/// The API's endpoint demands the permission of who calls; whoever comes by auth's page is asked for it here.
async fn refuse_without_permission(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    user: UserId,
) -> Result<(), UsersError> {
    let known = Hierarchy::read(db).await?;
    let powers = Powers::at(db, now, user, Bounds::default(), &known).await?;
    powers.refuse_now([&ProfileWrite::PERMISSION.name.to_owned()], &Object::PLATFORM)
}
