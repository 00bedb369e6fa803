//! Accounts follow users: what signing in needs to know of a user is kept from versioned facts, and sessions end when the
//! user may not sign in any more, has another address, or has just been proven to be the owner of theirs: who signed in before
//! that may have been somebody else.

use super::{Auth, sessions::roles_of};
use crate::error::AuthError;
use crate::store::identifiers::EMAIL;
use crate::store::tokens::{self, TokenType};
use crate::store::{accounts, credentials, devices, identifiers, oauth_providers, password_resets};
use chrono::{DateTime, Utc};
use orion_contracts::bus::RevokedSubject;
use orion_contracts::events::UserFacts;
use orion_contracts::users::{User, UserStatus};
use orion_contracts::{Problem, UserId};
use orion_infra::Change;

/// Why an account that follows its user has no audit entry.
pub(crate) const PROJECTION: &str = "a projection; the users service has audited what it tells of";

/// The version of a user who has just been made.
const FIRST: i64 = 1;

/// What became of an account that was brought to a version of its user.
pub(crate) struct Projected {
    /// As the account says it now.
    pub(crate) status: UserStatus,
    pub(crate) has_ended_sessions: bool,
}

impl Projected {
    fn already(known: &accounts::Model) -> Result<Self, AuthError> {
        Ok(Self { status: known.status()?, has_ended_sessions: false })
    }
}

impl Auth {
    /// Brings an account to a version of its user, unless it is there already or further. Sessions that it ends are
    /// audited, and nothing else of it is. Who is deleted keeps what they sign in by: they may be restored.
    pub(crate) async fn project(
        &self,
        change: &mut Change,
        facts: &UserFacts,
        version: i64,
    ) -> Result<Projected, AuthError> {
        self.follow(change, facts, version, false).await
    }

    /// Like [`Self::project`], of a user who is no more: nothing that they signed in by stays, and their address is free.
    pub(crate) async fn remove_account(
        &self,
        change: &mut Change,
        facts: &UserFacts,
        version: i64,
    ) -> Result<Projected, AuthError> {
        self.follow(change, facts, version, true).await
    }

    async fn follow(
        &self,
        change: &mut Change,
        facts: &UserFacts,
        version: i64,
        is_gone: bool,
    ) -> Result<Projected, AuthError> {
        let known = accounts::lock(change, facts.user_id.0).await?;
        if let Some(known) = known.as_ref().filter(|known| known.version >= version) {
            let has_ended_sessions = self.shut_late(change, known, facts, version).await?;
            return Ok(Projected { status: known.status()?, has_ended_sessions });
        }
        let next = accounts::Model::of(facts, version, change.now());
        let may_sign_in = roles_of(&next)?.is_some();
        if !accounts::put(change, next).await? {
            // Somebody else has made the account meanwhile, from newer facts.
            let known = accounts::lock(change, facts.user_id.0).await?;
            return Projected::already(&known.ok_or_else(|| Problem::unavailable().retry_after(1))?);
        }
        // Read after the account was written: until the transaction ends nobody else changes its identifiers.
        let Address { moved, was_proven } = match is_gone {
            true => free_addresses(change, facts.user_id).await?,
            false => put_address(change, facts, known.is_none() && version == FIRST).await?,
        };
        let locked_out = match &known {
            Some(known) => moved || (roles_of(known)?.is_some() && !may_sign_in),
            None => !may_sign_in,
        };
        if is_gone {
            credentials::delete(change, facts.user_id.0).await?;
            devices::delete_of(change, facts.user_id.0).await?;
            oauth_providers::delete_of(change, facts.user_id.0).await?;
        }
        if is_gone || was_proven {
            // Whoever set a factor up before the address was verified may have been somebody else.
            self.forget_factors(change, facts.user_id.0).await?;
        }
        if moved || locked_out {
            // Of an account that is made at this moment, by two who tell of it, the link was only just sent.
            void_links(change, facts.user_id, known.is_some()).await?;
        }
        if locked_out {
            self.refuse_all_tokens(change, facts.user_id).await?;
        }
        let has_ended_sessions = (locked_out || was_proven) && self.end_all_sessions(change, facts.user_id).await?;
        Ok(Projected { status: facts.status, has_ended_sessions })
    }

    /// Ends what led into an account before a version of its user that may not sign in and that a later one has overtaken, once;
    /// whether sessions ended with it. Whoever signed in since then signs in again: which of them came first nobody can tell.
    async fn shut_late(
        &self,
        change: &mut Change,
        known: &accounts::Model,
        facts: &UserFacts,
        version: i64,
    ) -> Result<bool, AuthError> {
        let has_ended = known.shut_version.is_some_and(|shut| shut >= version);
        if !accounts::is_shut(facts.status) || has_ended || known.version == version {
            return Ok(false);
        }
        accounts::note_shut(change, known.user_id, version).await?;
        void_links(change, facts.user_id, true).await?;
        self.refuse_all_tokens(change, facts.user_id).await?;
        Ok(self.end_all_sessions(change, facts.user_id).await?)
    }

    /// Frees the address of a user for whom users was asked at that moment: an account that had it already then has it no
    /// more, though nobody has told so. That is so for good when the users service's database alone was restored.
    pub(crate) async fn free_address(
        &self,
        change: &mut Change,
        user: &User,
        asked_at: DateTime<Utc>,
    ) -> Result<(), AuthError> {
        let holder = identifiers::find(change, EMAIL, user.email.as_str()).await?;
        let Some(holder) = holder.filter(|holder| holder.user_id != user.id.0 && holder.created_at < asked_at) else {
            return Ok(());
        };
        tracing::warn!(user = %holder.user_id, "an account gives its address up: the users service knows another owner of it");
        accounts::lock(change, holder.user_id).await?;
        identifiers::delete(change, &holder).await?;
        self.refuse_all_tokens(change, UserId(holder.user_id)).await?;
        self.end_all_sessions(change, UserId(holder.user_id)).await?;
        Ok(())
    }

    /// Refuses every token issued to a user until now. It comes before their sessions end one by one: whoever hears of no
    /// other line has heard enough.
    async fn refuse_all_tokens(&self, change: &mut Change, user_id: UserId) -> Result<(), AuthError> {
        // Issue times have whole seconds: tokens of this very second are refused as well, and one that is given next says the second after.
        let issued_before = change.now().timestamp() + 1;
        let subject = RevokedSubject::Subject { sub: user_id, issued_before };
        Ok(self.revoke(change, subject, "account may not sign in, or has another address").await?)
    }
}

/// Voids what was mailed to choose a password by and, unless it was only just sent, to verify the address. Links to the mailbox of before
/// are nobody's to use. Nor are those that were mailed before an account was closed, perhaps because somebody else reads its mails: once
/// it is open again, its owner asks for another one.
async fn void_links(change: &Change, user_id: UserId, and_verification: bool) -> Result<(), AuthError> {
    password_resets::void_of(change, user_id.0, change.now()).await?;
    if and_verification {
        tokens::revoke_of_user(change, user_id.0, TokenType::EmailVerification, change.now()).await?;
    }
    Ok(())
}

/// What became of the address that a user signs in by.
#[derive(Default)]
struct Address {
    /// It is another one, or free.
    moved: bool,
    /// It was proven to be the user's just now, whatever their status is.
    was_proven: bool,
}

/// Frees all that a user who is no more signed in by.
async fn free_addresses(change: &mut Change, user_id: UserId) -> Result<Address, AuthError> {
    let known = identifiers::find_of(change, user_id.0, EMAIL).await?;
    identifiers::delete_all_of(change, user_id.0).await?;
    Ok(Address { moved: known.is_some(), was_proven: false })
}

/// Brings what the user signs in by to the facts.
async fn put_address(change: &mut Change, facts: &UserFacts, is_first: bool) -> Result<Address, AuthError> {
    let (user_id, now) = (facts.user_id.0, change.now());
    let known = match is_first {
        // Whoever else makes this account at this moment makes it from the same facts.
        true => None,
        false => identifiers::find_of(change, user_id, EMAIL).await?,
    };
    let same = known.as_ref().filter(|known| known.value == facts.email.as_str());
    let next = identifiers::Model {
        kind: EMAIL.to_owned(),
        value: facts.email.to_string(),
        user_id,
        verified_at: facts.is_verified.then(|| same.and_then(|same| same.verified_at).unwrap_or(now)),
        created_at: same.map_or(now, |same| same.created_at),
    };
    if same == Some(&next) {
        return Ok(Address::default());
    }
    let moved = same.is_none();
    let was_proven = facts.is_verified && same.is_some_and(|same| same.verified_at.is_none());
    if known.is_some() && moved {
        identifiers::delete_of(change, user_id, EMAIL).await?;
    }
    if !identifiers::put(change, next).await? {
        // The address belonged to somebody whose change of address has not arrived here yet.
        return Err(Problem::unavailable().detail("The address is changing hands.").retry_after(1).into());
    }
    Ok(Address { moved, was_proven })
}
