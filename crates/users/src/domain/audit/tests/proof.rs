//! What was redacted, and what was signed.

use super::Chain;
use crate::domain::Users;
use crate::domain::audit::verify::Break;
use crate::error::UsersError;
use crate::store::{audit_checkpoints, audit_log};
use chrono::Duration;
use orion_contracts::audit::{AuditCheckpoint, AuditCheckpointQuery, AuditEntry, AuditQuery, RedactAuditEntry};
use orion_contracts::{AccessClaims, AuditEntryId, Author, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::checkpoint;
use serde_json::{Value, json};

impl Chain {
    /// Somebody who may redact.
    fn caller(&self) -> Caller {
        let user: UserId = self.test.infra.random.id(&self.test.infra.clock);
        let claims = json!({
            "iss": "https://orion.example", "sub": user, "aud": "orion", "exp": 2_000_000_000, "iat": 0, "jti": user,
            "client_id": "console", "roles": [], "amr": ["pwd"], "acr": "aal1", "auth_time": 0,
        });
        let claims: AccessClaims = serde_json::from_value(claims).expect("claims");
        Caller::with_token(claims)
    }

    pub(super) async fn redact(&self, id: AuditEntryId) -> Result<Value, UsersError> {
        let request = RedactAuditEntry { reason: "Asked for".to_owned() };
        let (caller, users) = (self.caller(), &self.users);
        let redact = async |change: &mut Change| users.redact(change, &caller, id, &request).await;
        Ok(users.shown(&self.test.infra.write(&caller, redact).await?))
    }

    async fn personal(&self) -> AuditEntry {
        let entry = AuditEntry {
            description: "Changed the address of Ada".to_owned(),
            old_values: Some(json!({ "email": "ada@example.com", "none": null })),
            ip_address: Some("192.0.2.7".to_owned()),
            user_agent: Some("Ada's".to_owned()),
            ..self.entry()
        };
        self.append(&[self.written(&entry)]).await;
        entry
    }

    async fn sign(&self) -> AuditCheckpoint {
        self.users.take_checkpoint(Author::PLATFORM).await.expect("signed")
    }
}

#[tokio::test]
async fn a_redacted_entry_has_lost_what_is_personal_and_the_chain_holds_and_says_how_many_there_are() {
    let chain = Chain::of(2).await;
    let entry = chain.personal().await;
    chain.grow(1).await;
    let shown = chain.redact(entry.id).await.expect("redacted");
    assert_eq!((&shown["holds"], &shown["link"]["position"]), (&json!(true), &json!(3)));
    let stored = audit_log::at(chain.test.infra.db.read(), 3).await.expect("read").expect("there").row;
    for personal in ["ada", "Ada", "192.0.2.7"] {
        assert!(!format!("{stored:?}").contains(personal), "{stored:?}");
    }
    let left = &shown["entry"];
    let redacted = json!({ "email": "[redacted]", "none": "[redacted]" });
    assert_eq!(
        (&left["old_values"], &left["new_values"], &left["ip_address"]),
        (&redacted, &Value::Null, &Value::Null)
    );
    assert_eq!((&left["action"], &left["redaction"]["reason"]), (&json!("login"), &json!("Asked for")));
    let found = chain.found().await;
    assert_eq!((found.breaks, found.redacted), (vec![], 1));
    let address = AuditQuery { ip_address: "192.0.2.7".parse().ok(), ..AuditQuery::default() };
    assert_eq!(chain.list(address).await, Vec::<Value>::new(), "it is not found by it either");

    // Again it changes nothing, also not by whom and when.
    chain.advance(Duration::hours(1));
    assert_eq!(chain.redact(entry.id).await.expect("as it is")["entry"], *left);
    chain.users.verify_audit().await.expect("verified");
    let told = chain.users.audit_verification().await.expect("told");
    assert!(told.holds && told.redacted == 1, "{told:?}");
    // The same entry that arrives once more is known.
    assert!(chain.append(&[chain.written(&entry)]).await.refused.is_empty());
    assert_eq!(chain.ends().await.head_position, 4);
}

#[tokio::test]
async fn what_somebody_without_the_key_writes_over_an_entry_is_no_redaction() {
    for (sql, found) in [
        ("entry = replace(entry, 'Asked for', 'No reason')", Break::Redaction(2)),
        ("redacted_at = '2000-01-01T00:00:00+00:00'", Break::Redaction(2)),
        ("redaction = NULL", Break::Entry(2)),
        ("redaction = hash", Break::Redaction(2)),
        ("principal_kind = 'user'", Break::Redaction(2)),
    ] {
        let chain = Chain::of(1).await;
        let entry = chain.personal().await;
        chain.grow(1).await;
        chain.redact(entry.id).await.expect("redacted");
        chain.tamper(&format!("UPDATE audit_log SET {sql} WHERE position = 2")).await;
        assert_eq!(chain.verify().await, [found], "{sql}");
    }
    // A mark that is taken from another entry stands for no other one.
    let chain = Chain::of(2).await;
    let entry = chain.personal().await;
    chain.redact(entry.id).await.expect("redacted");
    for column in ["entry", "ip_address", "redacted_at", "redaction"] {
        let other = format!("(SELECT {column} FROM audit_log WHERE position = 3)");
        chain.tamper(&format!("UPDATE audit_log SET {column} = {other} WHERE position = 1")).await;
    }
    assert_eq!(chain.verify().await, [Break::Redaction(1)]);
}

#[tokio::test]
async fn an_entry_that_was_tampered_with_is_not_redacted_for_that_would_hide_it() {
    let chain = Chain::of(1).await;
    let entry = chain.personal().await;
    chain.tamper("UPDATE audit_log SET entry = replace(entry, 'Ada', 'Bob') WHERE position = 2").await;
    assert!(matches!(chain.redact(entry.id).await, Err(UsersError::AuditEntryBroken)));
    assert_eq!(chain.verify().await, [Break::Entry(2)]);
    let nobody: AuditEntryId = chain.test.infra.random.id(&chain.test.infra.clock);
    assert!(matches!(chain.redact(nobody).await, Err(UsersError::AuditEntryNotFound)));
}

#[tokio::test]
async fn a_checkpoint_is_signed_once_the_log_has_grown_and_goes_with_what_retention_cuts() {
    let chain = Chain::of(0).await;
    assert!(matches!(chain.users.take_checkpoint(Author::PLATFORM).await, Err(UsersError::LogEmpty)));
    chain.grow(2).await;
    let first = chain.sign().await;
    assert_eq!((first.position, &first.hash), (2, &chain.ends().await.head_hash));
    assert_eq!(chain.sign().await, first, "nothing is new");
    chain.advance(Duration::days(20));
    chain.grow(1).await;
    let second = chain.sign().await;
    assert_eq!(checkpoint::read(&second.token, &chain.users.audit_keys().keys), Ok(second.clone()));
    let one = AuditCheckpointQuery { limit: Some(1), ..AuditCheckpointQuery::default() };
    let list = || chain.users.checkpoints(&one);
    let page = list().await.expect("listed");
    assert_eq!((page.items, page.next_cursor.is_some()), (vec![second.clone()], true));
    assert_eq!(chain.verify().await, []);
    chain.cut(Duration::days(10)).await;
    assert_eq!(list().await.expect("listed").next_cursor, None);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_log_that_is_another_one_than_was_signed_is_found_also_where_it_was_rebuilt_with_the_key() {
    let chain = Chain::of(3).await;
    let signed = chain.sign().await;
    // Whoever has the key writes a log of their own, which holds by itself.
    let mut other = Chain::of(0).await;
    other.test.infra.secrets = chain.test.infra.secrets.clone();
    other.users = Users::new(other.test.infra.clone(), other.users.config.clone());
    other.grow(4).await;
    assert_eq!(other.verify().await, []);
    let row = audit_checkpoints::Model { position: 3, taken_at: signed.taken_at, token: signed.token.clone() };
    let insert = format!(
        "INSERT INTO audit_checkpoints (position, taken_at, token) VALUES (3, '{}', '{}')",
        row.taken_at.to_rfc3339(),
        row.token
    );
    other.tamper(&insert).await;
    assert_eq!(other.verify().await, [Break::Checkpoint(3)]);
    assert_ne!(other.users.audit_link(3).await.expect("there").hash, signed.hash);

    // What was signed and is not there any more.
    let chain = Chain::of(3).await;
    chain.sign().await;
    chain.tamper("UPDATE audit_checkpoints SET position = 9").await;
    assert_eq!(chain.verify().await, [Break::Checkpoint(9)]);
}

#[tokio::test]
async fn nothing_is_signed_where_somebody_has_moved_the_ends() {
    let chain = Chain::of(3).await;
    let hash = "(SELECT hash FROM audit_log WHERE position = 2)";
    chain.tamper(&format!("UPDATE audit_chain SET head_position = 2, head_hash = {hash}")).await;
    assert!(matches!(chain.users.take_checkpoint(Author::PLATFORM).await, Err(UsersError::LogBroken)));
    assert!(!chain.users.take_checkpoint_when_grown().await.expect("looked"));
}
