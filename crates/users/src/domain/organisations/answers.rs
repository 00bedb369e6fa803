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
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::organisations::{OrganisationInvitationFound, OrganisationInvitationStatus};
use orion_contracts::permissions::{Demand, ProfileWrite};
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, OrganisationId, OrganisationInvitationId, UserId};
use orion_http::Caller;
use orion_http::identity::{Bounds, Object};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;

impl Users {
    /// Accepts an invitation.
    pub(crate) async fn accept_organisation_invitation(
        &self,
        caller: &Caller,
        invitation: OrganisationInvitationId,
    ) -> Result<(), UsersError> {
        self.infra.write(caller, async |change| accept(change, caller.user_id(), invitation).await).await
    }

    /// Declines an invitation.
    pub(crate) async fn decline_organisation_invitation(
        &self,
        caller: &Caller,
        invitation: OrganisationInvitationId,
    ) -> Result<(), UsersError> {
        self.infra.write(caller, async |change| decline(change, caller.user_id(), invitation).await).await
    }

    /// The answer that somebody has given on auth's page, where they have just signed in; the same one again finds it given.
    pub(crate) async fn answer_organisation_invitation(
        &self,
        user: UserId,
        invitation: OrganisationInvitationId,
        is_accepted: bool,
    ) -> Result<OrganisationInvitationFound, UsersError> {
        let answer = self.infra.write(Author::user(user, None), async |change| {
            match is_accepted {
                true => accept(change, user, invitation).await?,
                false => decline(change, user, invitation).await?,
            }
            refuse_without_permission(change, user).await
        });
        let is_void = match answer.await {
            // What there is none of any more may have been answered before.
            Ok(()) | Err(UsersError::OrganisationInvitationNotFound) => false,
            Err(UsersError::InvitationVoid) => true,
            Err(error) => return Err(error),
        };
        let found = self.organisation_invitation_of(user, invitation).await?;
        match is_void && found.status == OrganisationInvitationStatus::Pending {
            true => Ok(OrganisationInvitationFound { status: OrganisationInvitationStatus::Void, ..found }),
            false => Ok(found),
        }
    }

    /// An invitation as who was invited is shown it, also once it was answered. To anybody else there is none.
    pub(crate) async fn organisation_invitation_of(
        &self,
        user: UserId,
        invitation: OrganisationInvitationId,
    ) -> Result<OrganisationInvitationFound, UsersError> {
        let db = self.infra.db.read();
        let none = || UsersError::OrganisationInvitationNotFound;
        let person = store::users::find(db, user).await?.ok_or_else(none)?;
        if person.status()? != UserStatus::Active {
            return Err(none());
        }
        let Some(row) = invitations::find(db, invitation).await?.filter(|row| row.user_id == user.0) else {
            let row = answered::find(db, invitation).await?.filter(|row| row.user_id == user.0).ok_or_else(none)?;
            let organisation = store::organisations::find(db, OrganisationId(row.organisation_id)).await?;
            return Ok(OrganisationInvitationFound {
                status: row.status().ok_or_else(none)?,
                organisation_name: organisation.ok_or_else(none)?.name,
                roles: Vec::new(),
                invited_by: None,
                expires_at: None,
            });
        };
        let organisation = store::organisations::find(db, OrganisationId(row.organisation_id)).await?;
        let is_open = row.expires_at > self.infra.clock.now();
        let names = promised(&row.promised());
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut roles = store::roles::by_names(db, &names).await?;
        roles.sort_by(|one, other| other.level.cmp(&one.level).then_with(|| one.name.cmp(&other.name)));
        let inviter = store::users::find(db, UserId(row.invited_by)).await?;
        Ok(OrganisationInvitationFound {
            status: if is_open { OrganisationInvitationStatus::Pending } else { OrganisationInvitationStatus::Expired },
            organisation_name: organisation.ok_or_else(none)?.name,
            roles: roles.into_iter().map(|role| role.display_name).collect(),
            invited_by: inviter.and_then(|inviter| inviter.display_name),
            expires_at: Some(row.expires_at),
        })
    }
}

/// Has somebody join by their invitation. The organisation is locked, and then they are.
async fn accept(change: &mut Change, own: UserId, invitation: OrganisationInvitationId) -> Result<(), UsersError> {
    let none = || UsersError::OrganisationInvitationNotFound;
    let found = own_of(change, own, invitation).await?;
    store::organisations::lock(change, OrganisationId(found.organisation_id)).await?.ok_or_else(none)?;
    let user = store::users::lock(change, own).await?.ok_or(UsersError::CallerNotActive)?;
    if user.status()? != UserStatus::Active {
        return Err(UsersError::CallerNotActive);
    }
    let found = own_of(change, own, invitation).await?;
    if found.expires_at <= change.now() {
        return Err(none());
    }
    match keep(change, &found, user).await? {
        true => end(change, &found, OrganisationInvitationStatus::Accepted).await,
        false => Err(UsersError::InvitationVoid),
    }
}

async fn decline(change: &mut Change, own: UserId, invitation: OrganisationInvitationId) -> Result<(), UsersError> {
    let found = own_of(change, own, invitation).await?;
    end(change, &found, OrganisationInvitationStatus::Declined).await
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
    status: OrganisationInvitationStatus,
) -> Result<(), UsersError> {
    let (action, words) = match status {
        OrganisationInvitationStatus::Accepted => (AuditAction::Update, "Accepted the invitation"),
        OrganisationInvitationStatus::Declined => (AuditAction::Delete, "Declined the invitation"),
        OrganisationInvitationStatus::Withdrawn => (AuditAction::Delete, "Withdrew the invitation to the organisation"),
        // These are no ends: it is there, or counts for nothing by itself.
        OrganisationInvitationStatus::Pending
        | OrganisationInvitationStatus::Expired
        | OrganisationInvitationStatus::Void => return Err(UsersError::OrganisationInvitationNotFound),
    };
    if !invitations::delete(change, invitation.id).await? {
        return Err(UsersError::OrganisationInvitationNotFound);
    }
    let row = answered::Model {
        id: invitation.id,
        organisation_id: invitation.organisation_id,
        user_id: invitation.user_id,
        status: status.as_str().to_owned(),
        answered_at: change.now(),
    };
    answered::insert(change, row).await?;
    let organisation = OrganisationId(invitation.organisation_id);
    change.audit(AuditRecord::new(action, RESOURCE, words).on(invitation.id).for_organisation(organisation));
    Ok(())
}

/// The API's endpoint demands the permission of who calls; whoever comes by auth's page is asked for it here.
async fn refuse_without_permission(change: &Change, user: UserId) -> Result<(), UsersError> {
    let known = Hierarchy::read(change).await?;
    let powers = Powers::of(change, user, Bounds::default(), &known).await?;
    let now = change.now() + TimeDelta::microseconds(1);
    powers.refuse_beyond([&ProfileWrite::PERMISSION.name.to_owned()], &Object::PLATFORM, Some(now))
}
