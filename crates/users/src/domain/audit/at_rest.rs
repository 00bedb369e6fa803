//! Verification of a log that no platform runs on, such as a copy: nothing is written, and nothing is asked but the database
//! and the key.

use super::verify::{Found, Log, sentences, verify};
use super::{Witness, checkpoints, list};
use crate::store::{audit_chain, audit_checkpoints, audit_log};
use orion_contracts::Problem;
use orion_contracts::audit::{AuditKeys, AuditVerification};
use orion_infra::Db;
use orion_infra::audit::checkpoint;
use orion_infra::secrets::Secrets;

/// An audit log as it lies there.
pub struct AuditAtRest {
    /// The database of the users service.
    pub db: Db,
    /// With the master key that the log was made with.
    pub secrets: Secrets,
    /// For how many days entries are kept, as far as whoever looks knows.
    pub retention_days: u32,
}

impl AuditAtRest {
    /// Reads the whole log, and says where it does not hold.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn verify(&self) -> Result<AuditVerification, Problem> {
        let found = verify(Log { db: &self.db, secrets: &self.secrets }, &Witness::default()).await?;
        let Found { breaks, redacted } = found;
        let ends = audit_chain::find(self.db.read_aside()).await?;
        let ends = audit_chain::ChainEnds { redacted, ..ends };
        let signed = audit_checkpoints::newest(self.db.read_aside(), None, 1).await?;
        let signed = signed.first().and_then(|signed| checkpoints::read(&self.secrets, &signed.row));
        let count = i64::try_from(breaks.len()).unwrap_or(i64::MAX);
        Ok(list::told(&ends, count, sentences(&breaks), self.retention_days, signed))
    }

    /// The hash of a link: what a checkpoint is compared with.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn hash_at(&self, position: i64) -> Result<Option<String>, Problem> {
        Ok(audit_log::at(self.db.read_aside(), position).await?.map(|link| link.row.hash))
    }

    /// The public halves of the keys that have signed its checkpoints.
    pub fn keys(&self) -> AuditKeys {
        AuditKeys { keys: checkpoint::public_keys(&self.secrets) }
    }
}
