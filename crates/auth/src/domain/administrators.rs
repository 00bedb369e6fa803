//! Administrators who get a password by a one-time link: the first one, and who cannot sign in. Ordered by the admin service.

use super::Auth;
use super::choose_password::Chosen;
use super::password::{Beside, Person};
use super::security_events::SecurityEvent;
use crate::error::AuthError;
use crate::store::{accounts, credentials};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::events::UserFacts;
use orion_contracts::internal::CreateUser;
use orion_contracts::roles::SUPER_ADMIN;
use orion_contracts::users::{PutUser, User};
use orion_contracts::{Author, ServiceName, UserId};
use orion_infra::audit::AuditRecord;

impl Auth {
    /// Makes an administrator whose address counts as verified. The same order again changes nothing but the password, and
    /// ends their sessions: whoever had the older one has no use of it any more.
    pub(crate) async fn put_administrator(&self, id: UserId, order: &CreateAdministrator) -> Result<User, AuthError> {
        let person = Person { email: order.email.as_str(), display_name: order.display_name.as_deref() };
        self.check_password(&order.password, person, Beside::Nothing).map_err(AuthError::RefusedPassword)?;
        self.check_leaked(&order.password).await.map_err(AuthError::RefusedPassword)?;
        let password_hash = self.hashing.hash(&order.password).await?;
        let user = PutUser {
            email: order.email.clone(),
            display_name: order.display_name.clone(),
            locale: None,
            verified: true,
            roles: vec![SUPER_ADMIN.to_owned()],
        };
        let is_another = self.has_another_password(id, order).await?;
        let asked_at = self.infra.clock.now();
        let put = self.infra.peers.call(&CreateUser { id }, &user).await?;
        if put.user.id != id {
            return Err(AuthError::AddressTaken);
        }
        self.infra
            .write(Author::service(ServiceName::Admin), async |change| {
                if let Some(removed) = &put.removed {
                    self.remove_account(change, &removed.facts, removed.version).await?;
                }
                self.free_address(change, &put.user, asked_at).await?;
                self.project(change, &UserFacts::from(&put.user), put.user.version).await?;
                self.put_password(change, id, Chosen { hash: password_hash.clone(), suits_alone: true }, None).await?;
                self.clear_failures(change, id.0, put.user.email.as_str()).await?;
                if is_another {
                    self.note(change, SecurityEvent::PasswordReset, Some(id.0), None).await?;
                }
                let description = "Gave an administrator a password by a one-time link";
                change.audit(AuditRecord::new(AuditAction::Create, "account", description).on(id));
                Ok::<_, AuthError>(())
            })
            .await?;
        Ok(put.user)
    }

    /// Whether this is somebody who is known and signs in in another way so far. An order that comes again, for its answer was
    /// lost, makes no password another one.
    async fn has_another_password(&self, id: UserId, order: &CreateAdministrator) -> Result<bool, AuthError> {
        let db = self.infra.db.read();
        let credential = credentials::find(db, id.0).await?;
        let is_known = accounts::find(db, id.0).await?.is_some();
        Ok(is_known && !self.is_password(credential.as_ref(), &order.password).await?)
    }
}
