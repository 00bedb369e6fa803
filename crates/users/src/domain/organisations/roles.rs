//! Roles inside an organisation: given and taken among members, by who holds for it what they give. Those of teams are in `team_roles.rs`.

use super::inside::{self, Inside, audited, changed};
use super::permitted;
use crate::domain::{Users, moments};
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members as members;
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::organisations::{AssignMemberRole, MemberRole};
use orion_contracts::permissions::MembersWrite;
use orion_contracts::roles::{ORGANISATION_MEMBER, ORGANISATION_OWNER};
use orion_contracts::{OrganisationId, TeamId, UserId};
use orion_http::{Freshness, Permitted};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;

/// A role inside and a member, locked, whose combination the caller may change.
struct Subject {
    inside: Inside,
    role: store::roles::Model,
    held: Option<store::user_roles::Model>,
}

impl Users {
    /// Gives a member a role inside, or changes until when it is held.
    pub(crate) async fn assign_member_role(
        &self,
        caller: &Permitted,
        (id, user, role): (OrganisationId, UserId, &str),
        (key, fresh): (&IdempotencyKey, &Freshness),
        request: &AssignMemberRole,
    ) -> Result<(), UsersError> {
        if let Some(end) = request.expires_at {
            moments::check_end(end, self.infra.clock.now())?;
        }
        if let Some(team) = request.team_id {
            return self.assign_team_role(caller, (id, team), (user, role), key, request.expires_at).await;
        }
        self.may_change_members(caller, id).await?;
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let Subject { inside, role, held } = lock(change, caller, id, user, role).await?;
                if role.name == ORGANISATION_MEMBER && request.expires_at.is_some() {
                    return Err(UsersError::MembersAreMembers);
                }
                if held.as_ref().is_some_and(|held| held.expires_at == request.expires_at) {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(());
                }
                inside.refuse_beyond(change, &role, request.expires_at).await?;
                inside.demand_fresh(&role, fresh)?;
                let before = held.as_ref().map(|held| shown(&role, held.expires_at));
                match &held {
                    Some(held) => {
                        if request.expires_at.is_some() && role.name == ORGANISATION_OWNER {
                            inside.keep_an_owner(change, user).await?;
                        }
                        store::user_roles::set_expiry(change, held.id, request.expires_at).await?;
                    }
                    None => {
                        let given = store::user_roles::Model {
                            id: change.id(),
                            user_id: user.0,
                            role_id: role.id,
                            organisation_id: Some(id.0),
                            assigned_by: Some(caller.user_id().0),
                            assigned_at: change.now(),
                            expires_at: request.expires_at,
                        };
                        store::user_roles::insert(change, vec![given]).await?;
                    }
                }
                let after = shown(&role, request.expires_at);
                let words = format!("Gave the role {} inside the organisation", role.name);
                let record = AuditRecord::new(AuditAction::RoleAssign, "user", words);
                let before = before.as_ref().map(audited).transpose()?;
                finish(change, inside, record.values(before, Some(audited(&after)?))).await
            })
            .await
    }

    /// Takes a role inside away. Taking one that is not held changes nothing.
    pub(crate) async fn revoke_member_role(
        &self,
        caller: &Permitted,
        (id, user, role): (OrganisationId, UserId, &str),
        team: Option<TeamId>,
        fresh: &Freshness,
    ) -> Result<(), UsersError> {
        if let Some(team) = team {
            return self.revoke_team_role(caller, (id, team), (user, role)).await;
        }
        self.may_change_members(caller, id).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let Subject { inside, role, held } = lock(change, caller, id, user, role).await?;
                if role.name == ORGANISATION_MEMBER {
                    return Err(UsersError::MembersAreMembers);
                }
                let Some(held) = held else { return Ok(()) };
                inside.demand_fresh(&role, fresh)?;
                if role.name == ORGANISATION_OWNER {
                    inside.keep_an_owner(change, user).await?;
                }
                store::user_roles::delete(change, held.id).await?;
                let words = format!("Took the role {} inside the organisation away", role.name);
                let record = AuditRecord::new(AuditAction::RoleRevoke, "user", words);
                finish(change, inside, record.values(Some(audited(&shown(&role, held.expires_at))?), None)).await
            })
            .await
    }

    /// Whether the caller sees an organisation and may change its members.
    pub(super) async fn may_change_members(&self, caller: &Permitted, id: OrganisationId) -> Result<(), UsersError> {
        permitted(caller, self.infra.db.read(), id, MembersWrite).await
    }
}

fn shown(role: &store::roles::Model, expires_at: Option<DateTime<Utc>>) -> MemberRole {
    MemberRole { role: role.name.clone(), team_id: None, team_name: None, expires_at }
}

/// Locks role, organisation and users, and checks the levels.
async fn lock(
    change: &Change,
    caller: &Permitted,
    id: OrganisationId,
    user: UserId,
    role: &str,
) -> Result<Subject, UsersError> {
    let role = inside::lock_role(change, role).await?;
    let inside = inside::lock::<MembersWrite>(change, caller, id, Some(user)).await?;
    if members::find(change, id, user).await?.is_none() {
        return Err(UsersError::MemberNotFound);
    }
    inside.refuse_below(change, user).await?;
    if role.level > inside.own_level {
        return Err(UsersError::RoleAboveCaller);
    }
    let held = members::held_role(change, id, user, role.id).await?;
    Ok(Subject { inside, role, held })
}

/// Audits and announces that what a member holds has changed.
pub(super) async fn finish(change: &mut Change, inside: Inside, record: AuditRecord) -> Result<(), UsersError> {
    let id = inside.id;
    let subject = inside.subject().ok_or(UsersError::MemberNotFound)?;
    change.audit(record.on(subject.id).for_organisation(id));
    changed(change, subject).await.map(drop)
}
