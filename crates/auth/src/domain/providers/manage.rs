//! What people see of their identities at providers, and administrators of others'.

use super::super::security_events::SecurityEvent;
use crate::domain::{Auth, Subject};
use crate::error::AuthError;
use crate::store::{accounts, credentials, oauth_providers, passkeys};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{ProviderIdentity, ProviderIdentityList};
use orion_contracts::{ProviderIdentityId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

impl Auth {
    /// The identities of a person.
    pub(crate) async fn identities_of(&self, user_id: UserId) -> Result<ProviderIdentityList, AuthError> {
        let db = self.infra.db.read();
        accounts::find(db, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
        let found = oauth_providers::of(db, user_id.0).await?;
        let config = self.config.get();
        let label = |name: &str| config.providers.get(name).map_or_else(|| name.to_owned(), |found| found.label(name));
        let items = found.into_iter().map(|identity| ProviderIdentity {
            id: ProviderIdentityId(identity.id),
            label: label(&identity.provider),
            provider: identity.provider,
            email: identity.email,
            is_primary: identity.is_primary,
            linked_at: identity.created_at,
            last_used_at: identity.last_used_at,
        });
        Ok(ProviderIdentityList { items: items.collect() })
    }

    /// Makes one of the caller's identities the first one.
    pub(crate) async fn make_primary(&self, caller: &Caller, id: ProviderIdentityId) -> Result<(), AuthError> {
        let user_id = caller.user_id().0;
        self.infra
            .write(caller, async |change| {
                accounts::lock(change, user_id).await?.ok_or(AuthError::UserNotFound)?;
                let theirs = oauth_providers::of(change, user_id).await?;
                if !theirs.iter().any(|identity| identity.id == id.0) {
                    return Err(AuthError::IdentityNotFound);
                }
                for identity in theirs {
                    oauth_providers::put_primary(change, identity.id, identity.id == id.0).await?;
                }
                let description = "Made an identity at a provider the first one";
                change.audit(AuditRecord::new(AuditAction::Update, "provider", description).on(id));
                Ok(())
            })
            .await
    }

    /// Takes an identity of the caller away, and ends their other sessions. Where there is a second factor the session must have
    /// proven it.
    pub(crate) async fn unlink_own(&self, caller: &Caller, id: ProviderIdentityId) -> Result<(), AuthError> {
        self.demand_proven_session(self.infra.db.read(), caller).await?;
        self.unlink(Subject::own(caller), id, Some(caller)).await
    }

    /// Takes an identity of a person away, unless nothing else signs in. Their sessions end, but for that of the owner who asks:
    /// each may have begun by that identity.
    pub(crate) async fn unlink(
        &self,
        subject: Subject<'_>,
        id: ProviderIdentityId,
        owner: Option<&Caller>,
    ) -> Result<(), AuthError> {
        let user_id = subject.user_id();
        self.infra
            .write(subject.caller(), async |change| {
                accounts::lock(change, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
                if let Some(caller) = owner {
                    self.demand_proven_session(change, caller).await?;
                }
                let theirs = oauth_providers::of(change, user_id.0).await?;
                let found = theirs.iter().find(|identity| identity.id == id.0).ok_or(AuthError::IdentityNotFound)?;
                oauth_providers::delete(change, found.id).await?;
                if !self.has_way_in(change, user_id.0).await? {
                    return Err(AuthError::OnlyWayIn);
                }
                let next = theirs.iter().find(|identity| identity.id != id.0).filter(|_| found.is_primary);
                if let Some(next) = next {
                    oauth_providers::put_primary(change, next.id, true).await?;
                }
                self.end_sessions_but(change, user_id, owner.and_then(Caller::session_id)).await?;
                self.note(change, SecurityEvent::ProviderUnlinked, Some(user_id.0), None).await?;
                let description = format!("Took an identity at {} away", found.provider);
                change.audit(AuditRecord::new(AuditAction::Delete, "provider", description).on(user_id));
                Ok(())
            })
            .await
    }

    /// Whether an account can be signed in to: by a password, a passkey or a provider.
    pub(in crate::domain) async fn has_way_in(&self, change: &Change, user_id: Uuid) -> Result<bool, AuthError> {
        // An identity at a provider that is not configured any more leads nowhere.
        let config = self.config.get();
        let is_configured = |identity: &oauth_providers::Model| config.providers.contains_key(&identity.provider);
        Ok(credentials::find(change, user_id).await?.is_some()
            || passkeys::count_of(change, user_id).await? > 0
            || oauth_providers::of(change, user_id).await?.iter().any(is_configured))
    }
}
