//! Verifying an address by the token from its link.

use super::Auth;
use crate::error::AuthError;
use crate::store::tokens::{self, TokenStatus, TokenType};
use orion_contracts::audit::AuditAction;
use orion_contracts::events::UserFacts;
use orion_contracts::users::{ConsumeVerification, User};
use orion_contracts::{Author, Secret, ServiceName};
use orion_infra::audit::AuditRecord;
use orion_infra::peers::PeerError;
use orion_infra::secrets::token_hash;

impl Auth {
    /// Verifies the address; the account may do from now on what its roles allow. The event of the users service that
    /// follows finds it done.
    pub(crate) async fn verify_email(&self, token: &Secret) -> Result<(), AuthError> {
        let hash = token_hash(token.expose());
        let link = tokens::find(self.infra.db.read(), TokenType::EmailVerification, &hash).await?;
        let now = self.infra.clock.now();
        let usable = |link: &tokens::Model| link.status == TokenStatus::Active && now < link.expires_at;
        let link = link.filter(usable).ok_or(AuthError::InvalidVerificationToken)?;
        let consume = ConsumeVerification { token: token.clone() };
        let users = self.infra.peers.to(ServiceName::Users);
        let user: User = match users.post("/internal/v1/email-verifications/consume", &consume).await {
            Err(PeerError::Problem { problem, .. }) if matches!(problem.status, 404 | 409 | 410 | 422) => {
                return Err(AuthError::InvalidVerificationToken);
            }
            answer => answer?,
        };
        self.infra
            .write(Author::user(user.id, None), async |change| {
                self.project(change, &UserFacts::from(&user), user.version).await?;
                tokens::consume(change, link.id, change.now()).await?;
                change.audit(
                    AuditRecord::new(AuditAction::AccountVerify, "account", "The address was verified").on(user.id),
                );
                Ok(())
            })
            .await
    }
}
