//! Changes on both databases: whole or not at all, durable once answered, made again for another's sake.

use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{Event, LoginFailed, RegistrationRepeated};
use orion_contracts::{Author, EventId, Problem, ServiceName};
use orion_infra::audit::AuditRecord;
use orion_infra::db::dialect::statement;
use orion_infra::events::Consumers;
use orion_infra::{Change, DbError, Infra};
use orion_testkit::backend::Place;
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place, repeated};
use sea_orm::{ConnectionTrait, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Barrier;

async fn infra() -> (Place, Node, Infra) {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Auth).await;
    (place, node, infra)
}

async fn put(change: &mut Change, key: &str, weight: usize) -> Result<(), DbError> {
    change.unaudited("a test");
    insert(change, key, weight).await
}

async fn insert(change: &Change, key: &str, weight: usize) -> Result<(), DbError> {
    let sql =
        "INSERT INTO idempotency_keys (scope, key, fingerprint, response, created_at) VALUES ('s', $1, '', $2, $3)";
    let values: [Value; 3] = [key.into(), "x".repeat(weight).into(), change.now().into()];
    change.execute_raw(statement(change, sql, values)).await?;
    Ok(())
}

async fn keys(infra: &Infra) -> BTreeSet<String> {
    let db = infra.db.read();
    let rows = db.query_all_raw(statement(db, "SELECT key FROM idempotency_keys", [])).await.unwrap();
    rows.iter().map(|row| row.try_get("", "key").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_whole_or_not_at_all_and_its_answer_comes_when_it_is_durable() {
    let (_place, _node, infra) = infra().await;
    let writing = (0..200).map(|number| {
        let infra = infra.clone();
        tokio::spawn(async move {
            let key = format!("{number:03}");
            let made = infra
                .write(Author::PLATFORM, async |change| {
                    put(change, &key, 10).await?;
                    // Every third one thinks better of it, in the middle of a group.
                    if number % 3 == 0 { Err(Problem::conflict()) } else { Ok(()) }
                })
                .await;
            (made.is_ok().then_some(key), keys(&infra).await)
        })
    });
    let mut answered = BTreeSet::new();
    for outcome in futures_util::future::join_all(writing).await {
        let (key, seen) = outcome.unwrap();
        if let Some(key) = key {
            assert!(seen.contains(&key), "answered before it could be read");
            answered.insert(key);
        }
    }
    assert_eq!(answered.len(), 133);
    assert_eq!(keys(&infra).await, answered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_client_has_gone_is_made_or_not_and_holds_nobody_up() {
    let (_place, _node, infra) = infra().await;
    let made = Arc::new(AtomicU32::new(0));
    for round in 0..100_u64 {
        let writing = (0..8).map(|number| {
            let (infra, made) = (infra.clone(), made.clone());
            tokio::spawn(async move {
                let key = format!("{round} {number}");
                let change = infra.write(Author::PLATFORM, async |change| {
                    change.after_commit(move || {
                        made.fetch_add(1, Ordering::Relaxed);
                    });
                    put(change, &key, 10).await
                });
                // The client goes at another moment each time.
                let _ = tokio::time::timeout(Duration::from_micros(round * 37 % 1500), change).await;
            })
        });
        futures_util::future::join_all(writing).await;
    }
    let last = infra.write(Author::PLATFORM, async |change| put(change, "last", 10).await);
    tokio::time::timeout(Duration::from_secs(5), last).await.expect("nobody holds the writer").unwrap();
    // Commits whose clients have gone may still be under way, and what they announce follows them.
    eventually("every change that was made is there, and no other", async || {
        (keys(&infra).await.len() == made.load(Ordering::Relaxed) as usize + 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_this_process_announces_it_has_followed_when_the_answer_comes() {
    let (_place, _node, infra) = infra().await;
    let heard = Arc::new(AtomicU32::new(0));
    infra.bus.follow({
        let heard = heard.clone();
        move |message| {
            if matches!(message, BusMessage::KeysChanged) {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let announce = async |commit: bool| {
        infra
            .write(Author::PLATFORM, async |change| {
                put(change, if commit { "kept" } else { "not kept" }, 1).await?;
                change.announce(BusMessage::KeysChanged);
                if commit { Ok(()) } else { Err(Problem::conflict()) }
            })
            .await
    };
    announce(false).await.unwrap_err();
    assert_eq!(heard.load(Ordering::Relaxed), 0, "nobody is told of what was not committed");
    announce(true).await.unwrap();
    assert_eq!(heard.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_rings_with_the_commit_of_what_it_is_for_and_not_without() {
    let (_place, _node, infra) = infra().await;
    let lane = infra.events.transport().lanes(&[ServiceName::Admin])[0];
    let tell = async |commit: bool| {
        infra
            .write(Author::PLATFORM, async |change| {
                change.unaudited("a test");
                change.tell(uuid::Uuid::nil(), 1, LoginFailed { user_id: None, ip_address: None });
                if commit { Ok(()) } else { Err(Problem::conflict()) }
            })
            .await
    };
    let bell = async || tokio::time::timeout(Duration::from_millis(50), infra.db.doorbell().lane(lane)).await;
    tell(false).await.unwrap_err();
    bell().await.unwrap_err();
    tell(true).await.unwrap();
    bell().await.expect("rung before the answer");
}

/// Whoever has seen what is not durable yet is answered when it is, and refused when it was lost. On one thread, so that a
/// yield lets the second one queue.
#[tokio::test(flavor = "current_thread")]
#[ignore = "needs SQLite"]
async fn an_answer_that_rests_on_what_was_lost_is_not_given() {
    let (_place, _node, infra) = infra().await;
    let tables = infra.db.begin().await.unwrap();
    let sql = "CREATE TABLE whole (id integer PRIMARY KEY); \
               CREATE TABLE part (whole integer REFERENCES whole (id) DEFERRABLE INITIALLY DEFERRED)";
    tables.execute_unprepared(sql).await.unwrap();
    tables.commit().await.unwrap();

    let first = infra.db.begin().await.unwrap();
    let second = tokio::spawn({
        let infra = infra.clone();
        async move { infra.db.begin().await.unwrap() }
    });
    tokio::task::yield_now().await;
    // Nothing refuses this before the commit, which the first one leaves to the second.
    first.execute_unprepared("INSERT INTO part (whole) VALUES (1)").await.unwrap();
    let first = tokio::spawn(first.commit());
    let second = second.await.unwrap();
    let seen = second.query_all_raw(statement(&second, "SELECT whole FROM part", [])).await.unwrap();
    assert_eq!(seen.len(), 1, "it sees what is not durable yet");
    second.rollback().await.expect_err("what it had seen was lost");
    first.await.unwrap().expect_err("lost");
    infra.write(Author::PLATFORM, async |change| put(change, "after", 10).await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_in_which_a_statement_failed_is_refused_though_it_thought_nothing_of_it() {
    let (_place, _node, infra) = infra().await;
    infra.write(Author::PLATFORM, async |change| put(change, "there", 10).await).await.unwrap();
    let made = infra.write(Author::PLATFORM, async |change| {
        put(change, "before", 10).await?;
        assert!(put(change, "there", 10).await.is_err());
        Ok::<_, DbError>(())
    });
    assert!(made.await.expect_err("nothing of it was kept").is_unique_violation());
    assert_eq!(keys(&infra).await, BTreeSet::from(["there".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announcement_alone_is_a_change_on_every_bus() {
    let (_place, _node, infra) = infra().await;
    let heard = Arc::new(AtomicU32::new(0));
    infra.bus.follow({
        let heard = heard.clone();
        move |_| {
            heard.fetch_add(1, Ordering::Relaxed);
        }
    });
    let announced = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        change.announce(BusMessage::KeysChanged);
        Ok::<_, DbError>(())
    });
    announced.await.unwrap();
    assert_eq!(heard.load(Ordering::Relaxed), 1);
}

/// Whether a change fails its tests.
#[cfg(debug_assertions)]
async fn is_refused(infra: &Infra, work: impl AsyncFnOnce(&mut Change) -> Result<(), DbError> + Clone) -> bool {
    use futures_util::FutureExt;
    std::panic::AssertUnwindSafe(infra.write(Author::PLATFORM, work)).catch_unwind().await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(debug_assertions)]
async fn a_change_is_audited_or_says_why_not_and_never_both() {
    let (_place, _node, infra) = infra().await;
    let record = || AuditRecord::new(AuditAction::Create, "thing", "Made it");
    assert!(is_refused(&infra, async |change| insert(change, "silent", 1).await).await);
    assert!(
        is_refused(&infra, async |change| {
            change.announce(BusMessage::KeysChanged);
            Ok(())
        })
        .await
    );
    assert!(
        is_refused(&infra, async |change| {
            change.audit(record());
            put(change, "contradictory", 1).await
        })
        .await
    );
    assert!(
        !is_refused(&infra, async |change| {
            change.audit(record());
            insert(change, "audited", 1).await
        })
        .await
    );
    assert!(!is_refused(&infra, async |change| put(change, "excused", 1).await).await);
    assert_eq!(keys(&infra).await, ["audited", "excused"].map(str::to_owned).into());
}

async fn silent(_: &(), change: &mut Change, _: &Event, _: RegistrationRepeated) -> Result<(), DbError> {
    insert(change, "silent", 1).await
}

async fn excused(_: &(), change: &mut Change, _: &Event, _: RegistrationRepeated) -> Result<(), DbError> {
    put(change, "excused", 1).await
}

async fn idle(_: &(), _: &mut Change, _: &Event, _: RegistrationRepeated) -> Result<(), DbError> {
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(debug_assertions)]
async fn a_consumer_answers_for_what_it_changes_and_not_for_having_been_there() {
    let (_place, node, _) = infra().await;
    let infra = node.infra(ServiceName::Notifications).await;
    let consumers = Consumers::new(())
        .on::<RegistrationRepeated>("silent", silent)
        .on::<RegistrationRepeated>("excused", excused)
        .on::<RegistrationRepeated>("idle", idle);
    let running = node.run(infra.clone(), consumers.list());
    let id: EventId = infra.random.id(&infra.clock);
    let event = Event::of(id, ServiceName::Auth, (id.0, 1), infra.clock.now(), &repeated(&infra)).unwrap();
    assert!(running.intake.take_batch(vec![serde_json::to_value(&event).unwrap()]).await.is_empty());
    assert_eq!(keys(&infra).await, ["excused".to_owned()].into());
    let select = statement(infra.db.read(), "SELECT consumer FROM inbox ORDER BY consumer", []);
    let taken = infra.db.read().query_all_raw(select).await.unwrap();
    let taken: Vec<String> = taken.iter().map(|row| row.try_get("", "consumer").unwrap()).collect();
    assert_eq!(taken, ["excused", "idle"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn changes_that_the_server_takes_back_for_another_are_made_again() {
    let (_place, _node, infra) = infra().await;
    for key in ["a", "b"] {
        infra.write(Author::PLATFORM, async |change| put(change, key, 0).await).await.unwrap();
    }
    // Each holds one row and wants the other's: PostgreSQL ends the deadlock by taking one back.
    let (tries, both) = (AtomicU32::new(0), Barrier::new(2));
    let touch = async |first: &'static str, second: &'static str| {
        infra
            .write(Author::PLATFORM, async |change| {
                change.unaudited("a test");
                let is_first = tries.fetch_add(1, Ordering::Relaxed) < 2;
                let sql = "UPDATE idempotency_keys SET response = response || $1 WHERE key = $2";
                change.execute_raw(statement(change, sql, [first.into(), first.into()])).await?;
                if is_first {
                    both.wait().await;
                }
                change.execute_raw(statement(change, sql, [first.into(), second.into()])).await?;
                Ok::<_, DbError>(())
            })
            .await
    };
    let (one, other) = tokio::join!(touch("a", "b"), touch("b", "a"));
    one.unwrap();
    other.unwrap();
    assert_eq!(tries.load(Ordering::Relaxed), 3, "one of them was made twice");
}

/// On SQLite: the file may not grow, first for a statement and then for the commit of a group.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs SQLite"]
async fn a_full_disk_is_told_loses_nothing_that_was_answered_and_heals() {
    let (_place, _node, infra) = infra().await;
    infra.write(Author::PLATFORM, async |change| put(change, "before", 10).await).await.unwrap();
    for round in 0..20 {
        let limit = async |change: &mut Change| {
            change.unaudited("a test");
            let row = change.query_one_raw(statement(change, "PRAGMA page_count", [])).await?.unwrap();
            let pages: i64 = row.try_get("", "page_count")?;
            change.execute_unprepared(&format!("PRAGMA max_page_count = {}", pages + 6)).await?;
            Ok::<_, DbError>(())
        };
        infra.write(Author::PLATFORM, limit).await.unwrap();
        let writing = (0..16).map(|number| {
            let infra = infra.clone();
            tokio::spawn(async move {
                let key = format!("{round} {number}");
                let made = infra.write(Author::PLATFORM, async |change| put(change, &key, 3000).await).await;
                (key, made)
            })
        });
        let outcomes: Vec<_> =
            futures_util::future::join_all(writing).await.into_iter().map(|outcome| outcome.unwrap()).collect();
        let kept = keys(&infra).await;
        assert!(outcomes.iter().any(|(_, made)| made.is_err()), "there was room for all");
        for (key, made) in outcomes {
            assert_eq!(kept.contains(&key), made.is_ok(), "{key} was answered {made:?}");
            if let Err(error) = made {
                assert!(error.is_unavailable(), "{error}");
                assert_eq!(Problem::from(error).status, 503);
            }
        }
        // Room is back.
        infra
            .write(Author::PLATFORM, async |change| {
                change.unaudited("a test");
                change.execute_unprepared("PRAGMA max_page_count = 1073741823").await.map(drop).map_err(DbError::from)
            })
            .await
            .unwrap();
        let key = format!("after {round}");
        infra.write(Author::PLATFORM, async |change| put(change, &key, 3000).await).await.unwrap();
        assert!(keys(&infra).await.contains(&key));
    }
    assert!(keys(&infra).await.contains("before"));
}

/// On SQLite: another process holds the file, for longer than a change waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs SQLite"]
async fn a_file_that_another_process_holds_is_told_and_written_once_it_is_let_go() {
    let (place, _node, infra) = infra().await;
    let other = Node::start(&place).await;
    let held = other.infra(ServiceName::Auth).await.db.begin().await.unwrap();
    let refused = infra.write(Author::PLATFORM, async |change| put(change, "meanwhile", 10).await).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
    held.rollback().await.unwrap();
    infra.write(Author::PLATFORM, async |change| put(change, "after", 10).await).await.unwrap();
    assert_eq!(keys(&infra).await, BTreeSet::from(["after".to_owned()]));
}
