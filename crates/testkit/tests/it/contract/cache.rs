//! memory, Redis

use orion_contracts::ServiceName;
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_kept_until_it_is_deleted_or_its_time_is_over() {
    let place = empty_place().await;
    let cache = Node::start(&place).await.infra(ServiceName::Auth).await.cache;
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.set("a", b"one", LONG).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap().as_deref(), Some(&b"one"[..]));
    cache.set("a", b"two", LONG).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap().as_deref(), Some(&b"two"[..]));
    cache.delete("a").await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.set("b", b"short", Duration::from_millis(50)).await.unwrap();
    eventually("the value's end", || async { cache.get("b").await.unwrap().is_none().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counting_at_once_loses_nothing_and_starts_again_after_the_window() {
    let place = empty_place().await;
    let cache = Node::start(&place).await.infra(ServiceName::Auth).await.cache;
    let counting = (0..100).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move { cache.increment("count", LONG).await.unwrap() })
    });
    let mut counts: Vec<u64> =
        futures_util::future::join_all(counting).await.into_iter().map(|count| count.unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=100).collect::<Vec<_>>());
    cache.increment("window", Duration::from_millis(50)).await.unwrap();
    eventually("a new window", || async {
        (cache.increment("window", Duration::from_millis(50)).await.unwrap() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_do_not_see_each_others_keys() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (auth, users) = (node.infra(ServiceName::Auth).await.cache, node.infra(ServiceName::Users).await.cache);
    auth.set("key", b"auth", LONG).await.unwrap();
    assert_eq!(users.get("key").await.unwrap(), None);
}
