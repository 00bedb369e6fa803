//! Changing one's own password: with the one of now, which a stolen token does not have.

use super::Auth;
use super::choose_password::Chosen;
use super::password::Person;
use super::security_events::SecurityEvent;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, credentials};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::ChangePasswordRequest;
use orion_contracts::{FieldCode, FieldFault};
use orion_http::Caller;
use orion_infra::audit::AuditRecord;

impl Auth {
    /// Makes another password the caller's, and ends their other sessions. Where there is a second factor the session must have
    /// proven it: who knows the password alone must not keep its owner out by another one.
    pub(crate) async fn change_password(
        &self,
        caller: &Caller,
        request: &ChangePasswordRequest,
    ) -> Result<(), AuthError> {
        let (id, db) = (caller.user_id(), self.infra.db.read());
        self.demand_proven_session(db, caller).await?;
        let account = accounts::find(db, id.0).await?.ok_or(AuthError::UserNotFound)?;
        let email = identifiers::find_of(db, id.0, EMAIL).await?.map(|email| email.value).unwrap_or_default();
        let person = Person { email: &email, display_name: account.display_name.as_deref() };
        let beside = self.beside(db, id.0).await?;
        let suits_alone =
            self.check_password(&request.new_password, person, beside).map_err(AuthError::RefusedNewPassword)?;
        if request.new_password.expose() == request.current_password.expose() {
            let fault = FieldFault::new(FieldCode::Invalid, "must be another one than before");
            return Err(AuthError::RefusedNewPassword(fault));
        }
        let bucket = self.admit_password_change(id.0).await?;
        let proven = async {
            let proven = self.prove(&request.current_password, credentials::find(db, id.0).await?).await?;
            let Some(proven) = proven else { return Ok(None) };
            self.check_leaked(&request.new_password).await.map_err(AuthError::RefusedNewPassword)?;
            Ok::<_, AuthError>(Some((proven, self.hashing.hash(&request.new_password).await?)))
        };
        let proven = self.tried(&bucket, proven).await?;
        let change = self.infra.write(caller, async |change| {
            accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
            self.demand_proven_session(change, caller).await?;
            let current = credentials::find(change, id.0).await?.map(|credential| credential.password_hash);
            let proven = proven.as_ref().filter(|(proven, _)| current.as_deref() == Some(&proven.password_hash));
            let Some((_, hash)) = proven else {
                self.count_refused(change, &bucket, id.0, false).await?;
                let mut record = AuditRecord::new(AuditAction::PasswordChange, "account", "The password was wrong");
                record.success = false;
                change.audit(record.on(id));
                return Ok(false);
            };
            let chosen = Chosen { hash: hash.clone(), suits_alone };
            self.put_password(change, id, chosen, caller.session_id()).await?;
            self.forget_failures(change, &bucket).await?;
            self.note(change, SecurityEvent::PasswordChanged, Some(id.0), caller.session_id().map(|sid| sid.0)).await?;
            let description = "Changed the password; other sessions ended";
            change.audit(AuditRecord::new(AuditAction::PasswordChange, "account", description).on(id));
            Ok::<_, AuthError>(true)
        });
        let changed = self.tried(&bucket, change).await?;
        let fault = FieldFault::new(FieldCode::Invalid, "is not the password of the account");
        if changed { Ok(()) } else { Err(AuthError::Wrong("current_password", fault)) }
    }
}
