//! Choosing a new password, in a flow of somebody whose password has to go.

use super::{Factor, LIFETIME, SignIn};
use crate::domain::Auth;
use crate::domain::choose_password::Chosen;
use crate::domain::password::Person;
use crate::domain::security_events::SecurityEvent;
use crate::domain::throttle::Moment;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, credentials};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{FlowNewPassword, FlowStep};
use orion_contracts::{Author, FieldCode, FieldFault, FlowId, UserId};
use orion_infra::audit::AuditRecord;
use std::time::Duration;
use uuid::Uuid;

/// How many passwords may be tried where an account needs another one, and within what: as long as a flow lasts.
const NEW_PASSWORDS: u64 = 20;
const NEW_PASSWORD_WINDOW: Duration = Duration::from_secs(LIFETIME.num_seconds().unsigned_abs());

impl Auth {
    /// Chooses a password, in a flow that asks for another one.
    pub(crate) async fn step_new_password(&self, id: FlowId, request: &FlowNewPassword) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::NewPassword).await?;
        // Each costs hashes, in however many flows.
        self.admit_moment(Moment::NewPassword(user_id), NEW_PASSWORD_WINDOW, NEW_PASSWORDS).await?;
        let (person, old) = self.person_of(user_id).await?;
        let person = Person { email: &person.0, display_name: person.1.as_deref() };
        let beside = self.beside(self.infra.db.read(), user_id).await?;
        let suits_alone =
            self.check_password(&request.new_password, person, beside).map_err(AuthError::RefusedNewPassword)?;
        if self.is_password(old.as_ref(), &request.new_password).await? {
            let fault = FieldFault::new(FieldCode::Invalid, "must be another one than before");
            return Err(AuthError::RefusedNewPassword(fault));
        }
        self.check_leaked(&request.new_password).await.map_err(AuthError::RefusedNewPassword)?;
        let hash = self.hashing.hash(&request.new_password).await?;
        let went = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                let mut flow = self.hold_flow(change, id, &request.flow_token).await?;
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                if !self.may_go_on(change, &flow, &account).await? {
                    return Err(AuthError::FlowOver);
                }
                if !self.is_asked_for(change, &flow, FlowStep::NewPassword).await? {
                    return Err(AuthError::NotAskedFor);
                }
                self.put_password(change, UserId(user_id), Chosen { hash: hash.clone(), suits_alone }, None).await?;
                self.note(change, SecurityEvent::PasswordChanged, Some(user_id), None).await?;
                // This one goes on, by the password that was chosen in it.
                let account = accounts::find(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                flow.row.sign_in_epoch = account.sign_in_epoch;
                let description = "Chose the password that was asked for at sign-in";
                let record = AuditRecord::new(AuditAction::PasswordChange, "account", description);
                change.audit(record.on(user_id));
                flow.prove(Factor::NewPassword);
                self.advance(change, flow, &account).await
            })
            .await?;
        self.told(went.ok_or(AuthError::FlowOver)?)
    }

    /// Address and name of a person, which make no password, and the password of now.
    async fn person_of(
        &self,
        user_id: Uuid,
    ) -> Result<((String, Option<String>), Option<credentials::Model>), AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, user_id).await?.ok_or(AuthError::FlowOver)?;
        let email = identifiers::find_of(db, user_id, EMAIL).await?;
        let email = email.map(|email| email.value).unwrap_or_default();
        Ok(((email, account.display_name), credentials::find(db, user_id).await?))
    }
}
