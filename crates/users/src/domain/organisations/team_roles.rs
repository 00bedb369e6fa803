//! Roles for a team: given to and taken from its members, by who holds for it, or for the organisation, what they give. They end with the
//! membership in the team.

use super::inside::{self, Concerned, Inside, audited, team_fault};
use super::permitted_on;
use super::roles::finish;
use crate::domain::Users;
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members as members;
use crate::store::teams;
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::organisations::MemberRole;
use orion_contracts::permissions::MembersWrite;
use orion_contracts::teams::{MOST_TEAM_ROLES, MOST_TEAM_ROLES_OF_ONE};
use orion_contracts::{FieldCode, OrganisationId, TeamId, UserId};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;

/// A role, a team and somebody in it, locked, whose combination the caller may change.
struct Subject {
    inside: Inside,
    role: store::roles::Model,
    team: teams::Model,
    held: Option<store::narrow_roles::Model>,
}

impl Subject {
    fn shown(&self, expires_at: Option<DateTime<Utc>>) -> MemberRole {
        let (team_id, team_name) = (Some(TeamId(self.team.id)), Some(self.team.name.clone()));
        MemberRole { role: self.role.name.clone(), team_id, team_name, expires_at }
    }
}

impl Users {
    /// Gives somebody in a team a role for it, or changes until when it is held.
    pub(super) async fn assign_team_role(
        &self,
        caller: &Permitted,
        (id, team): (OrganisationId, TeamId),
        (user, role): (UserId, &str),
        key: &IdempotencyKey,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<(), UsersError> {
        permitted_on(caller, self.infra.db.read(), (id, Some(team)), MembersWrite).await?;
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let mut subject = lock(change, caller, (id, team), user, role).await?;
                let Some(since) = teams::members::since(change, team, user).await? else {
                    let message = "must be a team of the organisation that the member is in";
                    return Err(team_fault(message, FieldCode::NotOneOf));
                };
                // What has ended, or is left of an earlier time in the team, holds no more: it is not in the way, and given anew it counts.
                let now = change.now();
                let has_ended = |held: &mut store::narrow_roles::Model| {
                    held.assigned_at < since || held.expires_at.is_some_and(|end| end <= now)
                };
                if let Some(left) = subject.held.take_if(has_ended) {
                    store::narrow_roles::delete(change, left.id).await?;
                }
                if subject.held.as_ref().is_some_and(|held| held.expires_at == expires_at) {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(());
                }
                subject.inside.refuse_beyond(change, &subject.role, expires_at).await?;
                let before = subject.held.as_ref().map(|held| subject.shown(held.expires_at));
                match &subject.held {
                    Some(held) => store::narrow_roles::set_expiry(change, held.id, expires_at).await?,
                    None => give(change, &subject, (caller.user_id(), user), (since, expires_at)).await?,
                }
                let words = format!("Gave the role {} for a team", subject.role.name);
                let record = AuditRecord::new(AuditAction::RoleAssign, "user", words);
                let before = before.as_ref().map(audited).transpose()?;
                let after = Some(audited(&subject.shown(expires_at))?);
                finish(change, subject.inside, record.values(before, after)).await
            })
            .await
    }

    /// Takes a role for a team away. Taking one that is not held changes nothing.
    pub(super) async fn revoke_team_role(
        &self,
        caller: &Permitted,
        (id, team): (OrganisationId, TeamId),
        (user, role): (UserId, &str),
    ) -> Result<(), UsersError> {
        permitted_on(caller, self.infra.db.read(), (id, Some(team)), MembersWrite).await?;
        self.infra
            .write(&caller.caller, async |change| {
                let subject = lock(change, caller, (id, team), user, role).await?;
                let Some(held) = &subject.held else { return Ok(()) };
                store::narrow_roles::delete(change, held.id).await?;
                let words = format!("Took the role {} for a team away", subject.role.name);
                let record = AuditRecord::new(AuditAction::RoleRevoke, "user", words);
                let before = Some(audited(&subject.shown(held.expires_at))?);
                finish(change, subject.inside, record.values(before, None)).await
            })
            .await
    }
}

/// Locks role, organisation, users and team, and checks the levels.
async fn lock(
    change: &Change,
    caller: &Permitted,
    (id, team): (OrganisationId, TeamId),
    user: UserId,
    role: &str,
) -> Result<Subject, UsersError> {
    let role = inside::lock_team_role(change, role).await?;
    let spot = (id, Some(team));
    let inside = inside::lock_on::<MembersWrite>(change, caller, spot, Concerned::One(Some(user))).await?;
    let team = teams::lock(change, id, team).await?;
    let team = team.ok_or_else(|| team_fault("must be a team of the organisation", FieldCode::NotOneOf))?;
    if members::find(change, id, user).await?.is_none() {
        return Err(UsersError::MemberNotFound);
    }
    inside.refuse_below(change, user).await?;
    if role.level > inside.own_level {
        return Err(UsersError::RoleAboveCaller);
    }
    let held = store::narrow_roles::find(change, user, role.id, Some(TeamId(team.id))).await?;
    Ok(Subject { inside, role, team, held })
}

async fn give(
    change: &Change,
    subject: &Subject,
    (by, to): (UserId, UserId),
    (since, expires_at): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<(), UsersError> {
    // All who hold some lose it at once with the team, and are locked for that.
    if store::team_roles::count(change, TeamId(subject.team.id), change.now()).await? >= MOST_TEAM_ROLES {
        return Err(UsersError::TooManyTeamRoles);
    }
    if store::team_roles::count_of(change, subject.inside.id, to, change.now()).await? >= MOST_TEAM_ROLES_OF_ONE {
        return Err(UsersError::TooManyTeamRolesOfOne);
    }
    let given = store::narrow_roles::Model {
        id: change.id(),
        user_id: to.0,
        role_id: subject.role.id,
        team_id: Some(subject.team.id),
        assigned_by: Some(by.0),
        // Of two processes whose clocks differ one may have put them into the team a moment from now.
        assigned_at: change.now().max(since),
        expires_at,
    };
    Ok(store::narrow_roles::insert(change, given).await?)
}
