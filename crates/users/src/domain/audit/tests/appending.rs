//! What is appended, and what is not.

use super::Chain;
use crate::domain::Users;
use crate::domain::audit::verify::Break;
use orion_contracts::ServiceName;
use orion_contracts::audit::{AuditEntry, AuditQuery, WrittenEntry};
use orion_infra::Random;
use orion_infra::secrets::{Scope, Secrets};
use serde_json::json;

#[tokio::test]
async fn an_empty_chain_and_an_untouched_one_hold() {
    assert_eq!(Chain::of(0).await.verify().await, []);
    let chain = Chain::of(5).await;
    chain.grow(3).await;
    assert_eq!(chain.verify().await, []);
    assert_eq!(chain.ends().await.head_position, 8);
}

#[tokio::test]
async fn an_entry_that_arrives_twice_is_appended_once() {
    let chain = Chain::of(2).await;
    let entries: Vec<_> = (0..3).map(|_| chain.written(&chain.entry())).collect();
    chain.append(&entries[..2]).await;
    assert!(chain.append(&[&entries[..], &entries[..]].concat()).await.refused.is_empty());
    assert_eq!(chain.ends().await.head_position, 5);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_and_keeps_no_other_waiting() {
    let chain = Chain::of(1).await;
    let entry = chain.entry();
    let id = entry.id;
    let good = chain.written(&entry);
    let huge = AuditEntry { description: "x".repeat(1024 * 1024), ..chain.entry() };
    let foreign = AuditEntry { service: ServiceName::Admin, ..chain.entry() };
    for (bad, why) in [
        (WrittenEntry { mac: "0".repeat(64), ..good.clone() }, "MAC"),
        (WrittenEntry { entry: good.entry.replace("Signed in", "Signed up"), ..good.clone() }, "MAC"),
        (chain.text(id, "{}".to_owned()), "cannot be read"),
        (chain.text(id, "no JSON".to_owned()), "cannot be read"),
        (chain.text(id, good.entry.replacen("\"20", "\"+1120", 1)), "no year"),
        (chain.written(&huge), "more than"),
        (chain.written(&foreign), "another service"),
        (chain.text(id, chain.written(&chain.entry()).entry), "another entry"),
    ] {
        let next = chain.written(&chain.entry());
        let appended = chain.append(&[bad.clone(), next.clone()]).await;
        let [refused] = &appended.refused[..] else { panic!("{why}: {appended:?}") };
        assert!(refused.id == bad.id && refused.reason.contains(why), "{why}: {refused:?}");
        assert!(chain.list(AuditQuery::default()).await[0]["id"] == json!(next.id), "{why}");
    }
    assert!(chain.append(&[good]).await.refused.is_empty(), "its id was not taken by what was refused");
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_restored_service_sends_its_entries_again_and_the_log_keeps_what_it_has() {
    let chain = Chain::of(1).await;
    let before = chain.entry();
    chain.append(&[chain.written(&before)]).await;
    let other = AuditEntry { description: "Signed in elsewhere".to_owned(), ..before.clone() };
    let renewed = AuditEntry { id: chain.entry().id, ..before.clone() };
    let next = chain.entry();
    let sent = [&other, &before, &renewed, &next].map(|entry| chain.written(entry));
    let appended = chain.append(&sent).await;
    assert_eq!(appended.refused.iter().map(|refused| refused.id).collect::<Vec<_>>(), [before.id]);
    let listed = chain.list(AuditQuery::default()).await;
    let expected: Vec<_> = [&next, &renewed, &before].map(|entry| json!(entry)).into();
    assert_eq!(listed[..3], expected);
    assert_eq!((chain.ends().await.head_position, chain.verify().await), (4, vec![]));
}

#[tokio::test]
async fn an_entry_of_a_newer_version_is_kept_found_and_told_as_it_is() {
    let chain = Chain::of(1).await;
    let id = chain.entry().id;
    let robot = "01a205e0-7b04-7ecf-b8e8-ad2a13e81daf";
    let mut newer = json!(AuditEntry { id, ..chain.entry() });
    newer["action"] = json!("teleport");
    newer["principal"] = json!({ "kind": "robot", "id": robot });
    newer["mood"] = json!({ "a word": [1, 2.50, "\u{0}"] });
    newer["object"]["resource_id"] = json!("\u{0}".to_owned() + &"é".repeat(300));
    assert!(chain.append(&[chain.text(id, newer.to_string())]).await.refused.is_empty());
    for query in [
        AuditQuery { action: Some("teleport".to_owned()), ..AuditQuery::default() },
        AuditQuery { principal: Some(robot.to_owned()), ..AuditQuery::default() },
    ] {
        assert_eq!(chain.list(query).await, [newer.clone()]);
    }
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn after_a_change_of_keys_the_chain_holds_goes_on_and_knows_what_it_has() {
    let mut chain = Chain::of(0).await;
    let secrets = |master, internal| Secrets::new([master; 32], [internal; 32], Random::system());
    let rotate = |chain: &mut Chain, secrets: Secrets| {
        chain.test.infra.secrets = secrets;
        chain.users = Users::new(chain.test.infra.clone(), chain.users.config.clone());
    };
    rotate(&mut chain, secrets(1, 2));
    chain.grow(2).await;
    let before = chain.entry();
    chain.append(&[chain.written(&before)]).await;
    let waiting = chain.written(&chain.entry());
    rotate(&mut chain, secrets(3, 4));
    assert!(chain.verify().await.contains(&Break::Ends), "without the key of before");
    let both = secrets(3, 4).with_older(Scope::AtRest, [[1; 32]]).with_older(Scope::InMessages, [[2; 32]]);
    rotate(&mut chain, both);
    assert_eq!(chain.verify().await, []);
    assert!(chain.append(&[waiting, chain.written(&before)]).await.refused.is_empty());
    assert_eq!((chain.ends().await.head_position, chain.verify().await), (4, vec![]));
    rotate(&mut chain, secrets(1, 2));
    assert!(chain.verify().await.contains(&Break::Link(4)), "appended with the new key");
}
