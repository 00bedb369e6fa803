//! What somebody has written over a row so that it cannot be read, or is written otherwise, is found and named, and hides no other.

use super::{Chain, YEAR};
use crate::domain::Users;
use crate::domain::audit::ChainKeys;
use crate::domain::audit::cut::{Cut, Stop};
use crate::domain::audit::verify::Break;
use crate::error::UsersError;
use crate::store::audit_chain::{self, ChainEnds};
use crate::store::audit_log;
use chrono::Duration;
use orion_contracts::audit::{AuditEntry, AuditQuery};
use orion_contracts::{Author, ServiceName};
use orion_http::identity::Scope;
use orion_infra::Change;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const ADDRESS: &str = "192.0.2.7";

impl Chain {
    /// Appends an entry from an address.
    async fn append_with_address(&self) -> AuditEntry {
        let entry = AuditEntry { ip_address: Some(ADDRESS.to_owned()), ..self.entry() };
        self.append(&[self.written(&entry)]).await;
        entry
    }

    /// All entries, page by page.
    async fn pages(&self, limit: u32, query: &AuditQuery) -> Vec<Value> {
        let (mut found, mut query) = (Vec::new(), AuditQuery { limit: Some(limit), ..query.clone() });
        for _ in 0..20 {
            let page = self.users.audit_entries(&Scope::Everything, &query).await.expect("a page");
            found.extend(page.items);
            let Some(cursor) = page.next_cursor else { return found };
            query.cursor = Some(cursor);
        }
        panic!("the list has no end: {found:?}");
    }
}

#[tokio::test]
async fn what_was_moved_out_of_a_column_into_the_entry_is_found_though_the_mac_is_over_the_same() {
    let chain = Chain::of(1).await;
    let entry = chain.append_with_address().await;
    chain.grow(1).await;
    assert_eq!(chain.verify().await, []);
    let length: String = (ADDRESS.len() as u64).to_be_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let moved = format!("CAST(X'{length}' || CAST(ip_address AS BLOB) || CAST(entry AS BLOB) AS TEXT)");
    chain.tamper(&format!("UPDATE audit_log SET entry = {moved}, ip_address = NULL WHERE position = 2")).await;
    let row = audit_log::at(chain.test.infra.db.read(), 2).await.expect("read").expect("there");
    assert!(
        ChainKeys(&chain.test.infra.secrets).is_payload(&row.row, &row.row.payload_hmac),
        "else this proves nothing: {row:?}"
    );
    assert_eq!(chain.verify().await, [Break::Entry(2)]);
    let detail = chain.users.audit_entry(&Scope::Everything, entry.id).await.expect("shown");
    assert_eq!(detail["holds"], json!(false), "{detail}");
}

#[tokio::test]
async fn a_log_with_entries_that_versions_before_have_appended_holds() {
    let chain = Chain::of(1).await;
    // They knew no column of addresses.
    let entry = chain.append_with_address().await;
    let write = async |change: &mut Change| {
        change.unaudited("a test");
        let keys = ChainKeys(&chain.test.infra.secrets);
        let ends = audit_chain::lock(change).await?;
        let mut link = audit_log::at(change, 2).await?.expect("there").row;
        link.ip_address = None;
        link.payload_hmac = keys.payload(&link);
        link.hash = keys.link(&link);
        change.execute_unprepared("DELETE FROM audit_log WHERE position = 2").await?;
        audit_log::insert(change, &[link.clone()]).await?;
        let mut ends = ChainEnds { head_hash: link.hash, ..ends };
        ends.seal = keys.seal(&ends);
        Ok::<_, UsersError>(audit_chain::update(change, &ends).await?)
    };
    chain.test.infra.write(Author::PLATFORM, write).await.expect("written");
    // What this process has seen was another one.
    let chain = Chain { users: Users::new(chain.test.infra.clone(), chain.users.config.clone()), ..chain };
    chain.grow(1).await;
    assert_eq!(chain.verify().await, []);
    assert!(chain.append(&[chain.written(&entry)]).await.refused.is_empty());
    assert_eq!(chain.ends().await.head_position, 3, "and is known when it is sent again");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_so_is_what_was_done_to_others() {
    for sql in [
        "occurred_at = '+' || occurred_at",
        "occurred_at = 'infinity'",
        "occurred_at = X'00'",
        "occurred_at = 7",
        "appended_at = '-infinity'",
        "id = 'x'",
        "success = 'perhaps'",
        "action = X'00'",
        "entry = CAST(entry AS BLOB)",
        "entry = CAST(X'FF' AS TEXT)",
        "ip_address = X'00'",
        "payload_hmac = X'00'",
        "redacted_at = 'never'",
    ] {
        let chain = Chain::of(5).await;
        chain.tamper(&format!("UPDATE audit_log SET {sql} WHERE position = 2")).await;
        assert_eq!(chain.verify().await, [Break::Unreadable(2)], "{sql}");
        chain.tamper("UPDATE audit_log SET action = 'logout' WHERE position = 4").await;
        assert_eq!(chain.verify().await, [Break::Unreadable(2), Break::Entry(4)], "{sql}");
        assert_eq!(chain.users.verify_audit().await.expect("verified"), 2, "{sql}");
        let told = chain.users.audit_verification().await.expect("told");
        assert!(!told.holds && told.verified_at.is_some() && told.breaks.len() == 2, "{sql}: {told:?}");
        let listed = chain.list(AuditQuery::default()).await;
        let unreadable = |entry: &&Value| entry["description"] == "This entry was tampered with and cannot be read";
        assert_eq!((listed.len(), listed.iter().filter(unreadable).count()), (5, 1), "{sql}: {listed:?}");
        chain.grow(1).await;
    }
    for (sql, found) in [("hash = X'00'", Break::Link(3)), ("previous_hash = X'00'", Break::Unreadable(2))] {
        let chain = Chain::of(5).await;
        chain.tamper(&format!("UPDATE audit_log SET {sql} WHERE position = 2")).await;
        let breaks = chain.verify().await;
        assert!(breaks.contains(&found), "{sql}: {breaks:?}");
    }
}

#[tokio::test]
async fn a_value_that_is_written_otherwise_is_found_for_no_filter_finds_it() {
    for sql in [
        "success = 2",
        "occurred_at = replace(occurred_at, 'Z', '+00:00')",
        "occurred_at = replace(occurred_at, 'T', 't')",
        "appended_at = replace(appended_at, 'Z', '+00:00')",
    ] {
        let chain = Chain::of(4).await;
        chain.tamper(&format!("UPDATE audit_log SET {sql} WHERE position = 3")).await;
        assert_eq!(chain.verify().await, [Break::Respelt(3)], "{sql}");
    }
}

#[tokio::test]
async fn a_respelt_redaction_is_found_and_a_respelt_entry_is_not_redacted() {
    let chain = Chain::of(1).await;
    let entry = chain.append_with_address().await;
    chain.tamper("UPDATE audit_log SET success = 2 WHERE position = 2").await;
    assert!(matches!(chain.redact(entry.id).await, Err(UsersError::AuditEntryBroken)));
    chain.tamper("UPDATE audit_log SET success = 1 WHERE position = 2").await;
    chain.redact(entry.id).await.expect("redacted");
    let found = chain.found().await;
    assert_eq!((found.breaks, found.redacted), (vec![], 1));
    chain.tamper("UPDATE audit_log SET redacted_at = replace(redacted_at, 'Z', '+00:00') WHERE position = 2").await;
    assert_eq!(chain.verify().await, [Break::Respelt(2)]);
}

#[tokio::test]
async fn pages_go_on_past_rows_whose_time_cannot_be_read() {
    let chain = Chain::of(0).await;
    for _ in 0..9 {
        chain.advance(Duration::seconds(1));
        chain.grow(1).await;
    }
    let whole = chain.pages(50, &AuditQuery::default()).await;
    for (position, time) in [
        (9, "'infinity'"),
        (8, "'infinity'"),
        (6, "replace(occurred_at, 'Z', '!')"),
        (5, "replace(occurred_at, 'Z', '!')"),
        (4, "replace(occurred_at, 'Z', '!')"),
        (2, "'-infinity'"),
        (1, "X'00'"),
    ] {
        chain.tamper(&format!("UPDATE audit_log SET occurred_at = {time} WHERE position = {position}")).await;
    }
    for limit in 1..=10 {
        let found = chain.pages(limit, &AuditQuery::default()).await;
        for position in [7, 3] {
            let entry = &whole[9 - position];
            assert_eq!(found.iter().filter(|found| *found == entry).count(), 1, "{position} by {limit}");
        }
    }
    assert_eq!(chain.pages(10, &AuditQuery::default()).await.len(), 9, "each is told");
}

#[tokio::test]
async fn retention_says_which_link_it_cannot_read_and_cuts_nothing_behind_it() {
    for (position, removed) in [(1, 0), (2, 1)] {
        let chain = Chain::of(3).await;
        chain.advance(Duration::days(400));
        chain.grow(2).await;
        chain.advance(Duration::days(10));
        let sql = "UPDATE audit_log SET occurred_at = 'infinity' WHERE position =";
        chain.tamper(&format!("{sql} {position}")).await;
        let stop = Some(Stop::Broken(Break::Unreadable(position)));
        assert_eq!(chain.cut(YEAR).await, Cut { removed, stop });
    }
}

#[tokio::test]
async fn what_stands_beside_the_ends_and_cannot_be_read_is_found_and_keeps_no_entry_out() {
    for sql in ["verified_at = 'infinity'", "cut_at = X'00'", "breaks = X'00'", "seal = X'00'", "redacted = 'x'"] {
        let chain = Chain::of(3).await;
        chain.tamper(&format!("UPDATE audit_chain SET {sql}")).await;
        assert_eq!(chain.verify().await, [Break::Ends], "{sql}");
        chain.grow(1).await;
        assert_eq!(chain.users.verify_audit_when_due().await.expect("verified"), 1, "{sql}");
        let told = chain.users.audit_verification().await.expect("told");
        assert!(!told.holds && told.head_position == 4, "{sql}: {told:?}");
    }
}

#[tokio::test]
async fn nothing_is_appended_while_it_cannot_be_read_where_the_log_begins_and_ends() {
    for column in ["cut_position", "cut_hash", "head_position", "head_hash"] {
        let chain = Chain::of(3).await;
        let before = chain.ends().await;
        chain.tamper(&format!("UPDATE audit_chain SET {column} = X'00'")).await;
        // Also once a verification has written down what it found: it puts no other ends in their place.
        for _ in 0..2 {
            let refused = chain.users.append_audit(ServiceName::Auth, &[chain.written(&chain.entry())]).await;
            assert!(matches!(refused, Err(UsersError::LogBroken)), "{column}: {refused:?}");
            assert!(matches!(chain.users.take_checkpoint(Author::PLATFORM).await, Err(UsersError::LogBroken)));
            assert_eq!(chain.verify().await, [Break::Ends], "{column}");
            assert_eq!(chain.users.verify_audit().await.expect("noted"), 1, "{column}");
            assert!(!chain.users.audit_verification().await.expect("told").holds, "{column}");
        }
        let rows = audit_log::bounds(chain.test.infra.db.read()).await.expect("rows");
        assert_eq!(rows, (Some(1), Some(3)), "{column}");
        chain.tamper("UPDATE audit_log SET action = 'logout' WHERE position = 2").await;
        assert_eq!(chain.verify().await, [Break::Ends, Break::Entry(2)], "{column}: it hides no other");

        // Somebody has put back what stood there: the log goes on from there, and says for ever that it was changed.
        let ChainEnds { cut_position, cut_hash, head_position, head_hash, .. } = before;
        let ends = format!(
            "UPDATE audit_chain SET cut_position = {cut_position}, cut_hash = '{cut_hash}', \
             head_position = {head_position}, head_hash = '{head_hash}'"
        );
        chain.tamper(&ends).await;
        chain.grow(1).await;
        assert_eq!(chain.ends().await.head_position, 4, "{column}");
        assert_eq!(chain.verify().await, [Break::Ends, Break::Entry(2)], "{column}");
    }
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_read_is_found() {
    let chain = Chain::of(3).await;
    chain.users.take_checkpoint(Author::PLATFORM).await.expect("signed");
    chain.tamper("UPDATE audit_checkpoints SET taken_at = 'infinity'").await;
    assert_eq!(chain.verify().await, [Break::Checkpoint(3)]);
}

const LOSE: &str = "ALTER TABLE audit_log RENAME COLUMN request_id TO elsewhere";
const FIND: &str = "ALTER TABLE audit_log RENAME COLUMN elsewhere TO request_id";

#[tokio::test]
async fn a_log_that_cannot_be_read_to_its_end_is_not_said_to_hold_any_more() {
    let chain = Chain::of(3).await;
    chain.users.verify_audit().await.expect("verified");
    let told = chain.users.audit_verification().await.expect("told");
    assert!(told.holds && told.is_finished, "{told:?}");
    chain.tamper(LOSE).await;
    assert_eq!(chain.users.verify_audit().await.expect("noted"), 1);
    let told = chain.users.audit_verification().await.expect("told");
    let unfinished = vec![Break::Unfinished.to_string()];
    assert_eq!((told.holds, told.is_finished, told.breaks), (false, false, unfinished));
    chain.tamper(FIND).await;
    chain.users.verify_audit().await.expect("verified");
    let told = chain.users.audit_verification().await.expect("told");
    assert!(told.holds && told.is_finished, "{told:?}");
}

#[tokio::test]
async fn a_verification_that_did_not_come_to_its_end_hides_nothing_and_the_next_one_is_due() {
    let chain = Chain::of(3).await;
    let entry = chain.append_with_address().await;
    chain.redact(entry.id).await.expect("redacted");
    chain.tamper("UPDATE audit_log SET action = 'logout' WHERE position = 2").await;
    assert_eq!(chain.users.verify_audit().await.expect("verified"), 1);
    chain.tamper(LOSE).await;
    // However often: what was found before is told beside it, once.
    for _ in 0..2 {
        assert_eq!(chain.users.verify_audit().await.expect("noted"), 2);
        let told = chain.users.audit_verification().await.expect("told");
        let found = [Break::Unfinished, Break::Entry(2)].map(|found| found.to_string());
        assert_eq!((told.is_finished, told.redacted, told.breaks), (false, 1, found.to_vec()));
    }
    chain.tamper(FIND).await;
    assert_eq!(chain.users.verify_audit_when_due().await.expect("verified"), 1, "not a day later");
    let told = chain.users.audit_verification().await.expect("told");
    assert_eq!((told.is_finished, told.breaks), (true, vec![Break::Entry(2).to_string()]));
}
