//! Backup codes at the sign-in that has set up a second factor. They are a step of their own: the session begins, or the
//! product gets its code, once the person says that they have kept them. Until then they wait sealed in the flow, so that a page
//! of ours that is loaded again costs nobody their codes.

use super::{Factor, Flow, Progress, SignIn, Waiting};
use crate::domain::Auth;
use crate::domain::second_factor::MadeCodes;
use crate::error::AuthError;
use crate::store::accounts;
use orion_contracts::auth::{BackupCodes, FlowOrder, FlowStep};
use orion_contracts::{Author, FlowId, Secret, SessionId, UserId};
use orion_infra::Change;
use uuid::Uuid;

impl Auth {
    /// Backup codes, where this code sets up the authenticator app that a flow asks for. A wrong one costs no hashes.
    pub(super) async fn codes_for_app(
        &self,
        flow: &Flow,
        user_id: Uuid,
        code: &Secret,
    ) -> Result<Option<MadeCodes>, AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, user_id).await?.ok_or(AuthError::FlowOver)?;
        let need = self.need(db, flow, &account).await?;
        let is_asked = need.is_some_and(|need| need.step == FlowStep::EnrolSecondFactor);
        match is_asked && self.shown_app_step(flow, code)?.is_some() {
            true => self.make_backup_codes(UserId(user_id)).await.map(Some),
            false => Ok(None),
        }
    }

    /// Puts codes in force, in the place of those of before, and keeps them in the flow until the person has.
    pub(super) async fn put_unkept_codes(
        &self,
        change: &mut Change,
        flow: &mut Flow,
        codes: &MadeCodes,
    ) -> Result<(), AuthError> {
        let session = flow.row.session_id.map(SessionId);
        self.replace_backup_codes(change, (UserId(flow.user()?), session), codes).await?;
        let waiting = Waiting::BackupCodes(codes.shown());
        flow.row.state_sealed = Some(self.seal_waiting(FlowId(flow.row.id), &waiting)?);
        flow.prove(Factor::UnkeptBackupCodes);
        flow.prolong(change.now());
        Ok(())
    }

    /// The codes that wait in a flow.
    pub(super) fn unkept_codes(&self, flow: &Flow) -> Result<Option<BackupCodes>, AuthError> {
        let Some(sealed) = &flow.row.state_sealed else { return Ok(None) };
        match self.open_waiting(FlowId(flow.row.id), sealed)? {
            Waiting::BackupCodes(codes) => Ok(Some(codes)),
            Waiting::Assertion(_) | Waiting::Enrolment(_) | Waiting::App(_) | Waiting::Outcome(_) => Ok(None),
        }
    }

    /// Goes on with a flow whose backup codes the person has kept. Nobody sees them again.
    pub(crate) async fn step_kept_backup_codes(&self, id: FlowId, order: &FlowOrder) -> Result<SignIn, AuthError> {
        let user_id = self.flow_of(id, &order.flow_token).await?.user()?;
        let went = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                let mut flow = self.hold_flow(change, id, &order.flow_token).await?;
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                if !self.is_asked_for(change, &flow, FlowStep::KeepBackupCodes).await? {
                    return Err(AuthError::NotAskedFor);
                }
                flow.forget(Factor::UnkeptBackupCodes);
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
