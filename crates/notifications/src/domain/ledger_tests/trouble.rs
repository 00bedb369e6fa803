//! Answers that never come, databases that fail, and workers whose job was given on.

use super::super::deliver::PAUSES;
use super::{Answer, Ledger};
use orion_contracts::notifications::{DeliveryAttemptStatus, NotificationStatus};
use orion_infra::Random;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test]
async fn a_mail_whose_outcome_nobody_knows_is_repeated_seldom_and_then_given_up_in_these_words() {
    let ledger = Ledger::with_attempts(60, [Answer::Unknown, Answer::Unknown, Answer::Unknown]).await;
    ledger.take(&ledger.verification_requested()).await;
    let delivery = ledger.work().await;
    let outcomes: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!((delivery.state, outcomes), (NotificationStatus::Failed, vec![DeliveryAttemptStatus::Unknown; 3]));
    assert_eq!(delivery.error_code.as_deref(), Some("outcome_unknown"));
    assert_eq!(delivery.error_message.as_deref(), Some("it may have arrived"));
    let begun: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.attempted_at).collect();
    assert!(begun.windows(2).all(|two| two[1] - two[0] >= chrono::Duration::seconds(60)), "{begun:?}");
    assert_eq!(ledger.told().await, ["notification.failed"]);
}

#[test]
fn sixty_attempts_last_for_a_day_at_least() {
    let random = Random::seeded(3);
    let whole: Duration = (1..60).map(|attempt| PAUSES.pause(attempt, &random)).sum();
    assert!(whole >= Duration::from_secs(24 * 3600), "{whole:?}");
}

#[tokio::test]
async fn a_mail_is_sent_once_although_its_outcome_cannot_be_written_at_first() {
    let ledger = Ledger::open([Answer::Late(Box::new(Answer::Take))]).await;
    ledger.take(&ledger.verification_requested()).await;
    let (worker, stop) = ledger.start_worker();
    ledger.until("the call", async || ledger.provider.received() == 1).await;
    ledger.run("ALTER TABLE delivery_attempts RENAME TO away").await;
    ledger.provider.answers_now.notify_one();
    // Nothing tells of the tries that fail meanwhile.
    tokio::time::sleep(Duration::from_millis(300)).await;
    ledger.run("ALTER TABLE away RENAME TO delivery_attempts").await;
    ledger.until("the end", async || ledger.told().await == ["notification.sent"]).await;
    stop.cancel();
    worker.await.expect("the worker ended");
    let delivery = ledger.delivery().await;
    let outcomes: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!((outcomes, ledger.provider.received()), (vec![DeliveryAttemptStatus::Success], 1));
}

#[tokio::test]
async fn a_database_that_fails_before_the_call_costs_no_attempt() {
    let ledger = Ledger::open([]).await;
    ledger.take(&ledger.verification_requested()).await;
    ledger.run("ALTER TABLE templates RENAME TO away").await;
    let (worker, stop) = ledger.start_worker();
    let tried = "SELECT id AS value FROM jobs WHERE last_error IS NOT NULL";
    ledger.until("a try", async || !ledger.column::<uuid::Uuid>(tried).await.is_empty()).await;
    stop.cancel();
    worker.await.expect("the worker ended");
    ledger.run("ALTER TABLE away RENAME TO templates").await;
    let delivery = ledger.work().await;
    let attempts: Vec<_> = delivery.attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect();
    assert_eq!(attempts, [(1, DeliveryAttemptStatus::Success)]);
}

/// Another worker has taken the job meanwhile, and makes the first attempt.
async fn taken_over(ledger: &Ledger) {
    ledger.run("UPDATE jobs SET fence = fence + 1").await;
    ledger.run("UPDATE deliveries SET state = 'processing', attempts = 1").await;
    ledger
        .run(
            "INSERT INTO delivery_attempts (id, delivery_id, attempt_number, status, provider, attempted_at) \
             SELECT randomblob(16), id, 1, 'pending', 'double', queued_at FROM deliveries",
        )
        .await;
}

#[tokio::test]
async fn a_worker_whose_job_was_given_on_sends_nothing_and_closes_nothing() {
    let ledger = Ledger::open([]).await;
    ledger.provider.is_busy.store(true, Ordering::SeqCst);
    ledger.take(&ledger.verification_requested()).await;
    let (worker, stop) = ledger.start_worker();
    ledger.until("a worker that waits", async || ledger.provider.waiting.load(Ordering::SeqCst) == 1).await;
    taken_over(&ledger).await;
    ledger.provider.is_busy.store(false, Ordering::SeqCst);
    ledger.provider.goes_on.notify_one();
    stop.cancel();
    worker.await.expect("the worker ended");
    let delivery = ledger.delivery().await;
    let attempts: Vec<_> = delivery.attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect();
    assert_eq!(attempts, [(1, DeliveryAttemptStatus::Pending)]);
    assert_eq!(ledger.provider.received(), 0);
}

#[tokio::test]
async fn a_worker_whose_job_was_given_on_during_the_call_postpones_nothing() {
    let ledger = Ledger::open([Answer::Late(Box::new(Answer::NotNow))]).await;
    ledger.take(&ledger.verification_requested()).await;
    let (worker, stop) = ledger.start_worker();
    ledger.until("the call", async || ledger.provider.received() == 1).await;
    ledger.run("UPDATE jobs SET fence = fence + 1").await;
    ledger.provider.answers_now.notify_one();
    stop.cancel();
    worker.await.expect("the worker ended");
    let delivery = ledger.delivery().await;
    assert_eq!((delivery.state, delivery.next_attempt_at), (NotificationStatus::Processing, None));
    assert_eq!(delivery.attempts[0].status, DeliveryAttemptStatus::Pending);
}

#[tokio::test]
async fn who_waits_for_a_turn_puts_the_job_back_at_the_end() {
    let ledger = Ledger::open([]).await;
    ledger.provider.is_busy.store(true, Ordering::SeqCst);
    ledger.take(&ledger.verification_requested()).await;
    let (worker, stop) = ledger.start_worker();
    ledger.until("a worker that waits", async || ledger.provider.waiting.load(Ordering::SeqCst) == 1).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), worker).await.expect("in time").expect("the worker ended");
    assert!(ledger.delivery().await.attempts.is_empty());
    assert_eq!(ledger.column::<String>("SELECT state AS value FROM jobs").await, ["due"]);
}
