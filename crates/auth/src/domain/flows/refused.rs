//! What a step that fails leaves behind: it is counted, recorded and audited.

use super::{Factor, Flow};
use crate::domain::Auth;
use crate::domain::attempts::Attempted;
use crate::domain::throttle::Bucket;
use crate::error::AuthError;
use crate::store::flows;
use crate::store::login_attempts::LoginAttemptStatus;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::LoginFailure;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

/// How many wrong answers end a flow; the throttle counts them beyond it.
const TRIES: i64 = 5;

impl Auth {
    /// Ends a flow of somebody who may not sign in, and records that they tried.
    pub(super) async fn end_refused(
        &self,
        change: &mut Change,
        mut flow: Flow,
        (user_id, bucket): (Uuid, &Bucket),
        factor: Factor,
    ) -> Result<(), AuthError> {
        // What was noticed of a passkey is audited by itself.
        if !change.is_audited() {
            change.unaudited("a sign-in that ends here; the attempt is recorded");
        }
        flow.row.ended_at = Some(change.now());
        flow.row.state_sealed = None;
        flows::update(change, &flow.row).await?;
        let failure = Some(LoginFailure::MayNotSignIn);
        let attempted = Attempted { user_id: Some(user_id), method: factor.name().to_owned(), failure };
        let mac = &bucket.identifier_mac;
        Ok(self.record_attempt(change, mac, LoginAttemptStatus::Failed, attempted).await?)
    }

    /// Counts what was wrong, with whose it would have been where that is known.
    pub(super) async fn count_wrong(
        &self,
        change: &mut Change,
        mut flow: Flow,
        by: Option<(Uuid, &Bucket)>,
        factor: Factor,
    ) -> Result<(), AuthError> {
        let user_id = by.map(|(user_id, _)| user_id);
        flow.row.tries += 1;
        if flow.row.tries >= TRIES {
            flow.row.ended_at = Some(change.now());
            flow.row.state_sealed = None;
        }
        flows::update(change, &flow.row).await?;
        let mut identifier_mac = "";
        if let Some((user_id, bucket)) = by {
            self.count_refused(change, bucket, user_id, flow.row.user_id.is_none()).await?;
            identifier_mac = &bucket.identifier_mac;
        }
        let failure = Some(LoginFailure::WrongStep);
        let attempted = Attempted { user_id, method: factor.name().to_owned(), failure };
        self.record_attempt(change, identifier_mac, LoginAttemptStatus::Failed, attempted).await?;
        let mut record = AuditRecord::new(AuditAction::Login, "account", "A step of a sign-in failed");
        (record.resource_id, record.success) = (user_id.map(|id| id.to_string()), false);
        change.audit(record);
        Ok(())
    }
}
