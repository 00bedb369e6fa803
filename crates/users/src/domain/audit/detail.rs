//! One entry, with its place in the chain.

use super::{ChainKeys, list};
use crate::domain::Users;
use crate::error::UsersError;
use crate::store::audit_log::{self, Model, Row};
use orion_contracts::AuditEntryId;
use orion_contracts::audit::AuditLink;
use orion_http::identity::Scope;
use serde_json::{Value, json};

impl Users {
    /// One entry as its service wrote it, or as a redaction has left it; none of other organisations than the scope has.
    pub(crate) async fn audit_entry(&self, scope: &Scope, id: AuditEntryId) -> Result<Value, UsersError> {
        let found = audit_log::find(self.infra.db.read(), id, list::within(scope)).await?;
        Ok(self.shown(&found.ok_or(UsersError::AuditEntryNotFound)?))
    }

    /// As it is told. What a newer version says more is told as well, so it is none of this version's types.
    pub(super) fn shown(&self, found: &Row) -> Value {
        json!({
            "entry": list::read(found),
            "link": link(&found.row),
            "holds": ChainKeys(&self.infra.secrets).is_untouched(found),
        })
    }
}

/// The link of a row.
pub(super) fn link(row: &Model) -> AuditLink {
    AuditLink { position: row.position, id: AuditEntryId(row.id), appended_at: row.appended_at, hash: row.hash.clone() }
}
