//! Idempotency keys on both databases.

use orion_contracts::ServiceName;
use orion_infra::Infra;
use orion_infra::idempotency::{IdempotencyKey, remember, replay};
use orion_testkit::node::{Node, empty_place};

fn key(fingerprint: &str) -> IdempotencyKey {
    IdempotencyKey { scope: "bob PATCH".to_owned(), key: "k".to_owned(), fingerprint: fingerprint.to_owned() }
}

async fn write(infra: &Infra, key: &IdempotencyKey, answer: i32) -> Result<i32, orion_contracts::Problem> {
    let txn = infra.db.begin().await?;
    if let Some(before) = replay(&txn, Some(key)).await? {
        return Ok(before);
    }
    remember(&txn, Some(key), &answer, infra.clock.now()).await?;
    txn.commit().await?;
    Ok(answer)
}

#[tokio::test]
async fn the_same_call_again_gets_the_same_answer_and_another_call_is_refused() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    assert_eq!(write(&infra, &key("a"), 1).await.unwrap(), 1);
    assert_eq!(write(&infra, &key("a"), 2).await.unwrap(), 1, "the first answer again");
    assert_eq!(write(&infra, &key("b"), 3).await.unwrap_err().name(), "idempotency-key-reused");
}

#[tokio::test]
async fn of_many_calls_at_once_one_has_an_effect() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    let calls = (0..20).map(|number| {
        let infra = infra.clone();
        tokio::spawn(async move { write(&infra, &key("a"), number).await })
    });
    let answers: Vec<_> =
        futures_util::future::join_all(calls).await.into_iter().map(|answer| answer.unwrap()).collect();
    let taken: std::collections::BTreeSet<i32> =
        answers.iter().filter_map(|answer| answer.as_ref().ok()).copied().collect();
    assert_eq!(taken.len(), 1, "{answers:?}");
    assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|problem| problem.name() == "conflict"));
}
