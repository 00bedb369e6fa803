//! What a decision about a permission is made of: what it is asked for, what bears on it, what comes of it, and why.

use chrono::{DateTime, Utc};
use orion_contracts::users::{Role, User, Within};
use orion_contracts::{OrganisationId, RoleId, TeamId, UserId, pointers};
use std::collections::BTreeSet;
use std::fmt;

/// What a permission is asked for: something that belongs to an organisation, or to none, as the platform itself does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Object {
    /// Whose it is.
    pub organisation: Option<OrganisationId>,
    /// The team of it whose it is.
    pub team: Option<TeamId>,
    /// The person whom it is about or who made it, where that is known.
    pub owner: Option<UserId>,
}

impl Object {
    /// The platform as a whole.
    pub const PLATFORM: Self = Self { organisation: None, team: None, owner: None };

    /// Something of an organisation.
    pub const fn of(organisation: OrganisationId) -> Self {
        Self { organisation: Some(organisation), ..Self::PLATFORM }
    }

    /// A team of an organisation, or something of it.
    pub const fn of_team(organisation: OrganisationId, team: TeamId) -> Self {
        Self { team: Some(team), ..Self::of(organisation) }
    }

    /// A user, or something of theirs alone. Users belong to no organisation.
    pub const fn about(user: UserId) -> Self {
        Self { owner: Some(user), ..Self::PLATFORM }
    }
}

impl From<&User> for Object {
    fn from(user: &User) -> Self {
        Self::about(user.id)
    }
}

/// For what something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// For everything.
    Everywhere,
    /// For what belongs to an organisation.
    Organisation(OrganisationId),
    /// For what is a team's.
    Team(OrganisationId, TeamId),
    /// For what is the holder's own.
    Own,
}

impl Place {
    /// Of which organisation it is.
    pub fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Everywhere | Self::Own => None,
            Self::Organisation(organisation) | Self::Team(organisation, _) => Some(organisation),
        }
    }

    /// Of which team it is.
    pub fn team(self) -> Option<TeamId> {
        match self {
            Self::Team(_, team) => Some(team),
            Self::Everywhere | Self::Organisation(_) | Self::Own => None,
        }
    }

    /// Why something that is held there does not hold elsewhere.
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Everywhere | Self::Organisation(_) => Refusal::Elsewhere,
            Self::Team(..) => Refusal::OtherTeam,
            Self::Own => Refusal::NotOwn,
        }
    }
}

impl From<Option<OrganisationId>> for Place {
    fn from(organisation: Option<OrganisationId>) -> Self {
        organisation.map_or(Self::Everywhere, Self::Organisation)
    }
}

impl From<Within> for Place {
    fn from(within: Within) -> Self {
        match within {
            Within::Own => Self::Own,
            Within::Team { organisation_id, team_id } => Self::Team(organisation_id, team_id),
        }
    }
}

/// On what a permission is held: what a list may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// On everything.
    Everything,
    /// On what belongs to these organisations; on nothing, when there are none.
    Organisations(BTreeSet<OrganisationId>),
}

impl Scope {
    /// What both show.
    pub(super) fn within(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everything, narrower) | (narrower, Self::Everything) => narrower,
            (Self::Organisations(one), Self::Organisations(two)) => Self::Organisations(&one & &two),
        }
    }
}

/// Whether something is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// By this.
    Allowed(Grant),
    /// For this reason.
    Refused(Refusal),
}

/// What gives a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A role.
    Role {
        /// Which.
        id: RoleId,
        /// Its name.
        name: String,
    },
    /// A grant of the permission alone.
    Direct,
}

/// One thing that a subject has and that bears on a permission: a role that gives it, a grant of it, or a denial.
#[derive(Debug, Clone)]
pub struct Bearing<'a> {
    /// The role; none for what is given or denied by itself.
    pub role: Option<&'a Role>,
    /// Whether it denies, where it is in force.
    pub denies: bool,
    /// For what it is.
    pub place: Place,
    /// Until then.
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this holds.
    pub condition: Option<&'a str>,
    /// Why its condition has no answer.
    pub why: Option<String>,
    /// What becomes of it.
    pub state: BearingState,
}

/// What becomes of a thing that bears on a permission, for an object at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BearingState {
    /// It gives the permission.
    Holds,
    /// It denies it.
    Denies,
    /// It has ended.
    Expired,
    /// It is for what the object is not: of an organisation or a team of others, or somebody else's; or the caller does not act for that
    /// organisation.
    Elsewhere,
    /// Its condition does not hold, or has no answer and would give.
    Unmet,
}

/// Why a permission does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Whoever may not sign in holds nothing.
    Inactive,
    /// The credential is limited to less than its owner may do.
    BeyondCeiling,
    /// It is denied by itself, and a denial wins over every grant.
    Denied,
    /// It is held in an organisation, and what is asked for belongs to another, or to none.
    Elsewhere,
    /// It is held for a team, and what is asked for is none of its.
    OtherTeam,
    /// It is held for what is one's own, and what is asked for is not, or nobody knows whose it is.
    NotOwn,
    /// It is held under a condition that does not hold.
    Unmet(String),
    /// Nothing gives it.
    NotHeld,
    /// Somebody acts as the user, and does not hold it themselves, or may not act as others any more.
    BeyondActor,
}

impl Decision {
    /// Whether it is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// For the person who asked.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(Grant::Role { name, .. }) => write!(f, "The role {name} gives it."),
            Self::Allowed(Grant::Direct) => f.write_str("It was given by itself."),
            Self::Refused(Refusal::Inactive) => f.write_str("The account may not do anything at the moment."),
            Self::Refused(Refusal::BeyondCeiling) => f.write_str("The token is limited to less than that."),
            Self::Refused(Refusal::Denied) => f.write_str("It is denied to you, whatever else gives it."),
            Self::Refused(Refusal::Elsewhere) => {
                write!(f, "You hold it for an organisation, and this is none of its, {}.", pointers::NOT_ACTING)
            }
            Self::Refused(Refusal::OtherTeam) => {
                write!(
                    f,
                    "You hold it for a team of an organisation, and this is none of the team's, {}.",
                    pointers::NOT_ACTING
                )
            }
            Self::Refused(Refusal::NotOwn) => f.write_str("You hold it for what is your own alone."),
            Self::Refused(Refusal::Unmet(why)) => write!(f, "You hold it under a condition: {why}"),
            Self::Refused(Refusal::NotHeld) => f.write_str("No role of yours gives it."),
            Self::Refused(Refusal::BeyondActor) => {
                f.write_str("Whoever acts as somebody else does no more than they may do themselves.")
            }
        }
    }
}
