//! Another authenticator app for whoever signs in on a page of ours with a backup code. Their app is probably lost, and these
//! pages may be the only ones where they can set up another one before the last code is used. So such a flow needs one step more:
//! the app is set up as where a role demands one, or the offer is declined. What a program signs in by asks for no such step.

use super::{Factor, Flow, Progress, SignIn};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::{accounts, backup_codes, two_factor};
use orion_contracts::auth::{FlowOrder, FlowPurpose};
use orion_contracts::{Author, FlowId};

/// An app that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offer {
    /// How many backup codes are left.
    pub(crate) codes_left: u64,
    /// Whether it would take the place of another app.
    pub(crate) has_app: bool,
}

impl Flow {
    /// Whether it offers an app, and nobody has answered yet. Two factors were proven by then.
    pub(super) fn is_offering(&self) -> bool {
        let has = |factor| self.factors.contains(&factor);
        self.purpose == FlowPurpose::SignInCode && has(Factor::BackupCode) && !has(Factor::AnsweredOffer)
    }
}

impl Auth {
    /// What a flow offers.
    pub(super) async fn offer_in(&self, flow: &Flow) -> Result<Option<Offer>, AuthError> {
        if !flow.is_offering() {
            return Ok(None);
        }
        let (db, user_id) = (self.infra.db.read(), flow.user()?);
        let codes_left = backup_codes::count_unused(db, user_id).await?;
        let has_app = two_factor::find(db, user_id).await?.is_some_and(|found| found.totp_verified_at.is_some());
        Ok(Some(Offer { codes_left, has_app }))
    }

    /// Goes on with a flow without the app that it offers.
    pub(crate) async fn step_declined_offer(&self, id: FlowId, order: &FlowOrder) -> Result<SignIn, AuthError> {
        let user_id = self.flow_of(id, &order.flow_token).await?.user()?;
        let went = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                let mut flow = self.hold_flow(change, id, &order.flow_token).await?;
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                if !flow.is_offering() {
                    return Err(AuthError::NotAskedFor);
                }
                flow.prove(Factor::AnsweredOffer);
                flow.row.state_sealed = None;
                let went = self.advance(change, flow, &account).await?;
                if matches!(went, Some(Progress::Needs(_)) | None) && !change.is_audited() {
                    change.unaudited("a step of a sign-in; what comes of it is audited");
                }
                Ok::<_, AuthError>(went)
            })
            .await?;
        self.told(went.ok_or(AuthError::FlowOver)?)
    }
}
