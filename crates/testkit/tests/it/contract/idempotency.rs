//! Idempotency keys on both databases.

use orion_contracts::{Author, Problem, ServiceName, UserId};
use orion_infra::Infra;
use orion_infra::db::dialect::statement;
use orion_infra::idempotency::IdempotencyKey;
use orion_testkit::node::{Node, empty_place};
use sea_orm::ConnectionTrait;

fn key(body: &str) -> IdempotencyKey {
    IdempotencyKey::of("k".to_owned(), "PATCH", "/api/v1/things", body.as_bytes())
}

fn bob() -> Author {
    Author::user(UserId(uuid::Uuid::from_u128(7)), None)
}

async fn write(infra: &Infra, author: Author, key: &IdempotencyKey, answer: i32) -> Result<i32, Problem> {
    infra
        .write_once(author, key, async |change| {
            change.unaudited("a test");
            Ok(answer)
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_call_again_gets_the_same_answer_and_another_call_is_refused() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    assert_eq!(write(&infra, bob(), &key("a"), 1).await.unwrap(), 1);
    assert_eq!(write(&infra, bob(), &key("a"), 2).await.unwrap(), 1, "the first answer again");
    assert_eq!(infra.answered::<i32>(bob(), &key("a")).await.unwrap(), Some(1));
    assert_eq!(write(&infra, bob(), &key("b"), 3).await.unwrap_err().name(), "idempotency-key-reused");
    assert_eq!(write(&infra, Author::ANONYMOUS, &key("a"), 4).await.unwrap(), 4, "another caller's key is another key");
    let apart = key("b").within("somebody else's");
    assert_eq!(write(&infra, Author::ANONYMOUS, &apart, 6).await.unwrap(), 6, "so is one that is kept apart");
    let elsewhere = IdempotencyKey::of("k".to_owned(), "PATCH", "/api/v1/others", b"a");
    assert_eq!(write(&infra, bob(), &elsewhere, 5).await.unwrap_err().name(), "idempotency-key-reused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_rest_sealed() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    let secret = infra
        .write_once(Author::ANONYMOUS, &key("a"), async |change| {
            change.unaudited("a test");
            Ok::<_, Problem>("shown once".to_owned())
        })
        .await
        .unwrap();
    let db = infra.db.read();
    let row = db.query_one_raw(statement(db, "SELECT response FROM idempotency_keys", [])).await.unwrap().unwrap();
    let kept: String = row.try_get("", "response").unwrap();
    assert!(!kept.contains(&secret), "{kept}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_calls_at_once_one_has_an_effect() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    let calls = (0..20).map(|number| {
        let infra = infra.clone();
        tokio::spawn(async move { write(&infra, bob(), &key("a"), number).await })
    });
    let answers: Vec<_> =
        futures_util::future::join_all(calls).await.into_iter().map(|answer| answer.unwrap()).collect();
    let taken: std::collections::BTreeSet<i32> =
        answers.iter().filter_map(|answer| answer.as_ref().ok()).copied().collect();
    assert_eq!(taken.len(), 1, "{answers:?}");
    assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|problem| problem.name() == "conflict"));
}
