//! Invitations, which users order: the link is that of a registration, for an account that nobody has chosen a password for yet.

use super::carry_out::link;
use crate::domain::{Auth, PROJECTION};
use crate::error::AuthError;
use crate::store::accounts;
use crate::store::tokens::{self, TokenType};
use orion_contracts::events::{InvitationRequested, Sealed, UserInvited};
use orion_contracts::users::UserStatus;
use orion_contracts::{Problem, Secret, UserId};
use orion_infra::Change;
use orion_infra::secrets::Scope;

/// What the token was sealed for by users.
const PURPOSE: &str = "invitation";

impl Auth {
    /// Keeps the link of an invitation, and has it mailed.
    pub(crate) async fn invited(&self, change: &mut Change, told: UserInvited, version: i64) -> Result<(), AuthError> {
        let context = told.user.user_id.to_string();
        let opened = self.infra.secrets.unseal(Scope::InMessages, PURPOSE, &context, &told.token.0);
        let opened = opened.map_err(|reason| AuthError::Defect(format!("an invitation's token: {reason}")))?;
        let token = Secret::new(String::from_utf8_lossy(&opened).into_owned());
        let projected = self.project(change, &told.user, version).await?;
        if !projected.has_ended_sessions {
            change.unaudited(PROJECTION);
        }
        // They came meanwhile, or were deleted.
        if projected.status != UserStatus::PendingVerification {
            return Ok(());
        }
        // The withdrawal has overtaken what it withdrew. The account is held since it was brought to its version.
        let withdrawn =
            accounts::find(change, told.user.user_id.0).await?.and_then(|account| account.withdrawn_version);
        if withdrawn.is_some_and(|withdrawn| withdrawn > version) {
            return Ok(());
        }
        tokens::insert(change, link(change, told.user.user_id, &token, told.expires_at)).await?;
        let link = self.link_to(&self.config.get().verification_url, "/auth/verify-email", &token)?;
        // What the mail holds is opened as the link of a registration is.
        let sealed = self.infra.secrets.seal(Scope::InMessages, "verification-link", &context, link.as_bytes());
        let requested = InvitationRequested {
            user_id: told.user.user_id,
            email: told.user.email,
            display_name: told.user.display_name,
            locale: told.user.locale,
            link: Sealed(sealed),
            expires_at: told.expires_at,
            invited_by: told.invited_by,
            organisation: told.organisation,
        };
        change.tell(requested.user_id.0, version, requested);
        Ok(())
    }

    /// Voids the links of somebody whose invitation was withdrawn at a version of theirs, unless they were invited anew meanwhile.
    pub(crate) async fn invitation_withdrawn(
        &self,
        change: &Change,
        user: UserId,
        version: i64,
    ) -> Result<(), AuthError> {
        // What tells of an account that nobody knows yet is on its way, the invitation itself perhaps.
        let account = accounts::lock(change, user.0).await?;
        let account =
            account.ok_or_else(|| Problem::unavailable().detail("Nothing is known of the user yet.").retry_after(1))?;
        if account.withdrawn_version.is_none_or(|known| known < version) {
            accounts::note_withdrawal(change, user.0, version).await?;
        }
        if account.version > version {
            return Ok(());
        }
        Ok(tokens::revoke_of_user(change, user.0, TokenType::EmailVerification, change.now()).await?)
    }
}
