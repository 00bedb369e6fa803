//! An account for somebody who signs in at a provider for the first time.
//!
//! The identity is written first, with the id of the user to be; then users makes that user, by a call that can be repeated; then
//! the account follows. After a crash in between the next sign-in finds the identity and goes on from there.

use super::{Configured, Person};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, oauth_providers};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::UserFacts;
use orion_contracts::internal::CreateUser;
use orion_contracts::users::{PutUser, UserStatus};
use orion_contracts::{Author, Email, UserId, text};
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

/// The longest name, in letters.
const LONGEST_NAME: usize = 200;

impl Auth {
    /// Whether somebody has an account by this identity.
    pub(super) async fn is_linked(&self, person: &Person) -> Result<bool, AuthError> {
        let db = self.infra.db.read();
        match oauth_providers::find_by_subject(db, &person.issuer, &person.subject).await? {
            Some(identity) => Ok(accounts::find(db, identity.user_id).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Whose identity it is; somebody new is registered by it, when the provider has verified their address and nobody has an
    /// account with it.
    pub(super) async fn account_of(&self, provider: &Configured, person: &Person) -> Result<Uuid, AuthError> {
        let db = self.infra.db.read();
        let found = oauth_providers::find_by_subject(db, &person.issuer, &person.subject).await?;
        if let Some(identity) = &found
            && accounts::find(db, identity.user_id).await?.is_some()
        {
            return Ok(identity.user_id);
        }
        let email = person.email.as_ref().ok_or(AuthError::ProviderUnverified)?;
        if person.is_verified != Some(true) {
            return Err(AuthError::ProviderUnverified);
        }
        if let Err(refused) = self.check_free(email).await {
            // An identity without an account would stand in the way of its owner, who has one by now.
            if let Some(identity) = &found {
                self.give_up(person, UserId(identity.user_id)).await?;
            }
            return Err(refused);
        }
        let user_id = match found {
            Some(identity) => identity.user_id,
            None => self.reserve(provider, person).await?,
        };
        self.register_by(provider, person, email, UserId(user_id)).await?;
        Ok(user_id)
    }

    /// An address with an account is never taken over by what a provider says of it; one that nobody has verified is free.
    async fn check_free(&self, email: &Email) -> Result<(), AuthError> {
        let db = self.infra.db.read();
        let Some(owner) = identifiers::owner(db, EMAIL, email.as_str()).await? else { return Ok(()) };
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
        id: UserId,
    ) -> Result<(), AuthError> {
        let display_name = person.name.as_deref().and_then(fit_name);
        let (locale, roles) = (None, Vec::new());
        let put = PutUser { email: email.clone(), display_name, locale, verified: true, roles };
        let asked_at = self.infra.clock.now();
        let put = self.infra.peers.call(&CreateUser { id }, &put).await?;
        if put.user.id != id {
            self.give_up(person, id).await?;
            return Err(AuthError::AddressKnown);
        }
        self.infra
            .write(Author::user(id, None), async |change| {
                if let Some(removed) = &put.removed {
                    self.remove_account(change, &removed.facts, removed.version).await?;
                }
                self.free_address(change, &put.user, asked_at).await?;
                self.project(change, &UserFacts::from(&put.user), put.user.version).await?;
                let description = format!("Registered by an identity at {}", provider.name);
                change.audit(AuditRecord::new(AuditAction::Create, "account", description).on(id));
                Ok(())
            })
            .await
    }

    /// Forgets an identity whose account was not made: somebody else has its address since a moment ago.
    async fn give_up(&self, person: &Person, id: UserId) -> Result<(), AuthError> {
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("an identity whose account was not made");
                let found = oauth_providers::find_by_subject(change, &person.issuer, &person.subject).await?;
                if let Some(identity) = found.filter(|identity| identity.user_id == id.0) {
                    oauth_providers::delete(change, identity.id).await?;
                }
                Ok(())
            })
            .await
    }
}

/// A name as users have them; none where it cannot be one.
fn fit_name(name: &str) -> Option<String> {
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    text::check_name(&name).is_ok().then_some(name).filter(|name| !name.is_empty())
}
