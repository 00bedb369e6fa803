//! An account for somebody who signs in at a provider for the first time.
//!
//! The identity is written first, with the id of the user to be; then users makes that user, by a call that can be repeated; then
//! the account follows. After a crash in between the next sign-in finds the identity and goes on from there.
//!
//! Somebody who waits with the address stays who they are: an administrator may have invited them, or written of them what they may
//! not. The identity becomes theirs, whatever a stranger could come in by ends before that, and then their address is verified as by
//! a link. Until then they are as good as somebody without an account: the next sign-in begins anew.

use super::{Configured, Person};
use crate::domain::{Auth, PROJECTION};
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::tokens::{self, TokenType};
use crate::store::{accounts, credentials, devices, oauth_providers, password_resets};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::UserFacts;
use orion_contracts::internal::{ConsumeEmailVerification, CreateUser};
use orion_contracts::users::{ConsumeVerification, PutUser, User, UserStatus};
use orion_contracts::{Author, Email, Secret, UserId, text};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::peers::PeerError;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// The longest name, in letters.
const LONGEST_NAME: usize = 200;

impl Auth {
    /// Whether somebody has an account by this identity.
    pub(super) async fn is_linked(&self, person: &Person) -> Result<bool, AuthError> {
        let db = self.infra.db.read();
        match oauth_providers::find_by_subject(db, &person.issuer, &person.subject).await? {
            Some(identity) => has_come(db, identity.user_id).await,
            None => Ok(false),
        }
    }

    /// Whose identity it is; somebody new is registered by it, when the provider has verified their address and nobody has an
    /// account with it.
    pub(super) async fn account_of(&self, provider: &Configured, person: &Person) -> Result<Uuid, AuthError> {
        let db = self.infra.db.read();
        let found = oauth_providers::find_by_subject(db, &person.issuer, &person.subject).await?;
        if let Some(identity) = &found
            && has_come(db, identity.user_id).await?
        {
            return Ok(identity.user_id);
        }
        let email = person.email.as_ref().filter(|email| !email.is_of_program());
        let email = email.ok_or(AuthError::ProviderUnverified)?;
        if person.is_verified != Some(true) {
            return Err(AuthError::ProviderUnverified);
        }
        let reserved = found.as_ref().map(|identity| identity.user_id);
        if let Err(refused) = self.check_free(email, reserved).await {
            // An identity without an account would stand in the way of its owner, who has one by now.
            if let Some(identity) = &found {
                self.give_up(person, UserId(identity.user_id)).await?;
            }
            return Err(refused);
        }
        let reserved = match reserved {
            Some(user_id) => user_id,
            None => self.reserve(provider, person).await?,
        };
        Ok(self.register_by(provider, person, email, UserId(reserved)).await?.0)
    }

    /// An address with an account is never taken over by what a provider says of it; one that nobody has verified is free, and so is
    /// that of whom the identity is kept for: they may have come a moment ago, in another window.
    async fn check_free(&self, email: &Email, reserved: Option<Uuid>) -> Result<(), AuthError> {
        let db = self.infra.db.read();
        let owner = identifiers::owner(db, EMAIL, email.as_str()).await?;
        let Some(owner) = owner.filter(|owner| reserved != Some(*owner)) else { return Ok(()) };
        let account = accounts::find(db, owner).await?;
        match account.map(|account| account.status()).transpose()? {
            None | Some(UserStatus::PendingVerification) => Ok(()),
            Some(_) => Err(AuthError::AddressKnown),
        }
    }

    /// Writes the identity with the id of the user to be; of many at once the first one's counts.
    async fn reserve(&self, provider: &Configured, person: &Person) -> Result<Uuid, AuthError> {
        let reserved = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("an identity whose account is made next");
                let user_id = change.id();
                let row = self.identity(change, provider, user_id, person, true);
                Ok::<_, AuthError>(oauth_providers::insert(change, row).await?.then_some(user_id))
            })
            .await?;
        if let Some(user_id) = reserved {
            return Ok(user_id);
        }
        let found = oauth_providers::find_by_subject(self.infra.db.read(), &person.issuer, &person.subject).await?;
        found.map(|identity| identity.user_id).ok_or(AuthError::FlowOver)
    }

    async fn register_by(
        &self,
        provider: &Configured,
        person: &Person,
        email: &Email,
        reserved: UserId,
    ) -> Result<UserId, AuthError> {
        // With an account it is of somebody who waited when a try broke off. They may be no more, or the address another one by now.
        let is_waiting = accounts::find(self.infra.db.read(), reserved.0).await?.is_some();
        let id = if is_waiting { self.infra.random.id(&self.infra.clock) } else { reserved };
        let display_name = person.name.as_deref().and_then(fit_name);
        let (locale, roles) = (None, Vec::new());
        let put = PutUser { email: email.clone(), display_name, locale, verified: true, roles };
        let asked_at = self.infra.clock.now();
        let put = self.infra.peers.call(&CreateUser { id }, &put).await?;
        let is_theirs = match &put.verification_token {
            Some(_) => self.give_to(person, reserved, &put.user, asked_at).await?,
            None => put.user.id == id || put.user.id == reserved,
        };
        if !is_theirs {
            self.give_up(person, reserved).await?;
            return Err(AuthError::AddressKnown);
        }
        let user = match put.verification_token {
            Some(token) => self.verified_by(token).await?,
            None => put.user,
        };
        self.infra
            .write(Author::user(user.id, None), async |change| {
                if let Some(removed) = &put.removed {
                    self.remove_account(change, &removed.facts, removed.version).await?;
                }
                self.free_address(change, &user, asked_at).await?;
                self.project(change, &UserFacts::from(&user), user.version).await?;
                // The links that were mailed have nothing left to verify.
                tokens::revoke_of_user(change, user.id.0, TokenType::EmailVerification, change.now()).await?;
                if let Some(identity) = self.identity_of(change, person, reserved).await? {
                    oauth_providers::give(change, identity.id, user.id.0).await?;
                }
                let description = format!("Registered by an identity at {}", provider.name);
                change.audit(AuditRecord::new(AuditAction::Create, "account", description).on(user.id));
                Ok(user.id)
            })
            .await
    }

    /// Gives an identity to somebody who waits, and ends whatever leads into their account; whether it is theirs. It comes before
    /// their address is verified: a crash in between leaves somebody who waits, and never a verified account that a stranger has the
    /// password of.
    async fn give_to(
        &self,
        person: &Person,
        reserved: UserId,
        waiting: &User,
        asked_at: DateTime<Utc>,
    ) -> Result<bool, AuthError> {
        self.infra
            .write(Author::user(waiting.id, None), async |change| {
                self.free_address(change, waiting, asked_at).await?;
                let projected = self.project(change, &UserFacts::from(waiting), waiting.version).await?;
                let reserved = self.identity_of(change, person, reserved).await?;
                if projected.status != UserStatus::PendingVerification {
                    // They have come meanwhile: by a link, or by this identity in another window.
                    if !change.is_audited() {
                        change.unaudited(PROJECTION);
                    }
                    return Ok(self.identity_of(change, person, waiting.id).await?.is_some());
                }
                if let Some(identity) = reserved {
                    oauth_providers::give(change, identity.id, waiting.id.0).await?;
                } else if self.identity_of(change, person, waiting.id).await?.is_none() {
                    return Err(AuthError::FlowOver);
                }
                self.shut_strangers_out(change, waiting.id).await?;
                let description = "Ended whatever led into the account: the owner of its address comes by a provider";
                change.audit(AuditRecord::new(AuditAction::Update, "account", description).on(waiting.id));
                Ok(true)
            })
            .await
    }

    /// Verifies the address of somebody who waits, as a link does; they after it. What whoever registered them said of them, users has
    /// dropped already.
    async fn verified_by(&self, token: Secret) -> Result<User, AuthError> {
        let consume = ConsumeVerification { token, by_another: false };
        match self.infra.peers.call(&ConsumeEmailVerification {}, &consume).await {
            Err(PeerError::Problem { problem, .. }) if matches!(problem.status, 404 | 409 | 410 | 422) => {
                Err(AuthError::FlowOver)
            }
            answer => Ok(answer?),
        }
    }

    /// The person's identity, as long as it is kept for this user.
    async fn identity_of(
        &self,
        change: &Change,
        person: &Person,
        id: UserId,
    ) -> Result<Option<oauth_providers::Model>, AuthError> {
        let found = oauth_providers::find_by_subject(change, &person.issuer, &person.subject).await?;
        Ok(found.filter(|identity| identity.user_id == id.0))
    }

    /// Ends whatever leads into the account of somebody who waits, who is locked: it is of who registered the address. From then on a
    /// registration gives it no password either, for it has an identity (`register/carry_out.rs`).
    async fn shut_strangers_out(&self, change: &mut Change, id: UserId) -> Result<(), AuthError> {
        credentials::delete(change, id.0).await?;
        password_resets::void_of(change, id.0, change.now()).await?;
        devices::delete_of(change, id.0).await?;
        self.forget_factors(change, id.0).await?;
        self.end_all_sessions(change, id).await?;
        Ok(())
    }

    /// Forgets an identity whose account was not made: somebody else has its address since a moment ago.
    async fn give_up(&self, person: &Person, id: UserId) -> Result<(), AuthError> {
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("an identity whose account was not made");
                if let Some(identity) = self.identity_of(change, person, id).await? {
                    oauth_providers::delete(change, identity.id).await?;
                }
                Ok(())
            })
            .await
    }
}

/// Whether there is an account, and not only one that waits for its owner.
pub(super) async fn has_come(db: &impl ConnectionTrait, user_id: Uuid) -> Result<bool, AuthError> {
    let status = accounts::find(db, user_id).await?.map(|account| account.status()).transpose()?;
    Ok(status.is_some_and(|status| status != UserStatus::PendingVerification))
}

/// A name as users have them; none where it cannot be one.
fn fit_name(name: &str) -> Option<String> {
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    text::check_name(&name).is_ok().then_some(name).filter(|name| !name.is_empty())
}
