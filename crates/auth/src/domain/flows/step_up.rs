//! Step-up (RFC 9470): somebody who is signed in proves once more who they are, for what a stolen token must not do.

use super::{Progress, SignIn};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::{accounts, sessions};
use orion_contracts::Author;
use orion_contracts::auth::FlowPurpose;
use orion_http::Caller;

impl Auth {
    /// Begins a flow that renews the caller's session.
    pub(crate) async fn begin_step_up(&self, caller: &Caller) -> Result<SignIn, AuthError> {
        let (user_id, now) = (caller.user_id().0, self.infra.clock.now());
        let sid = caller.session_id().ok_or(AuthError::FlowOver)?;
        let session = sessions::find(self.infra.db.read(), sid.0).await?;
        let session = session.filter(|session| session.is_alive(now) && session.user_id == user_id);
        let session = session.ok_or(AuthError::FlowOver)?;
        let progress = self
            .infra
            .write(Author::from(caller), async |change| {
                change.unaudited("a step-up that begins; what comes of it is audited");
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                if self.first_factors(change, user_id).await?.methods.is_empty() {
                    return Err(AuthError::NothingToProve);
                }
                // What fails is counted by the device of the session: nobody else at the same address delays its owner.
                let of = (Some(session.id), session.device_id);
                let flow = self.new_flow(change, FlowPurpose::StepUp, Some(user_id), of);
                self.advance(change, flow, &account).await
            })
            .await?;
        match progress {
            Some(Progress::Needs(response)) => Ok(SignIn::Needs(response)),
            _ => Err(AuthError::FlowOver),
        }
    }
}
