//! Pictures in a bucket.

use super::{HOUR, OWN, address, blue, files, noted, put, red, seen, waits};
use orion_contracts::ServiceName;
use orion_contracts::health::{Readiness, ReadyStatus};
use orion_contracts::users::User;
use orion_testkit::{Bucket, Client, TestPlatform, assert_problem, eventually};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_takes_signed_requests_and_while_it_is_away_that_is_said() {
    let bucket = Bucket::open().await;
    let mut builder = TestPlatform::builder();
    for (key, value) in bucket.flags() {
        builder = builder.set(key, value);
    }
    let orion = builder.start().await;
    let bob = orion.user("bob").await;
    waits(&orion, "drop_avatars").await;
    let shown: User = put(&bob, OWN, blue()).await.expect(200).json();
    let url = shown.avatar_url.expect("an address");
    assert_eq!(seen(&bob, &url).await.1, [0, 0, 200]);
    let names = bucket.names();
    assert_eq!(names.len(), 1);
    assert_eq!(bucket.asked(), [format!("PUT {} 200", names[0]), format!("GET {} 200", names[0])]);
    assert!(files(&orion).is_empty());

    bucket.be_away(true);
    let refused = assert_problem!(put(&bob, OWN, red()).await, 503, "unavailable");
    assert_eq!(refused.header("retry-after").as_deref(), Some("5"));
    assert_problem!(bob.get(&url).await, 503, "unavailable");
    assert_eq!(address(&bob).await.as_deref(), Some(url.as_str()));
    let users = Client::new(orion.service_url(ServiceName::Users));
    let readiness: Readiness = users.get("/readyz?verbose").await.expect(200).json();
    let check = readiness.checks.iter().find(|check| check.name == "files").expect("a check");
    assert!(readiness.status == ReadyStatus::Ready && !check.ok && !check.required, "{check:?}");

    bucket.be_away(false);
    orion.advance(Duration::from_secs(2)).await;
    let readiness: Readiness = users.get("/readyz?verbose").await.expect(200).json();
    assert!(readiness.checks.iter().all(|check| check.ok), "{readiness:?}");
    put(&bob, OWN, red()).await.expect(200);
    orion.settle().await;
    assert_eq!(bucket.names().len(), 1, "the first one is deleted");
    assert_ne!(bucket.names(), names);
    orion.advance(2 * HOUR).await;
    eventually("what was never written is forgotten", || async { (noted(&orion).await == 1).then_some(()) }).await;
    orion.settle().await;
    assert!(bucket.asked().iter().all(|asked| !asked.ends_with("403")), "{:?}", bucket.asked());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_refuses_the_key_is_told_as_away_and_the_key_nowhere() {
    let bucket = Bucket::open().await;
    let mut builder = TestPlatform::builder();
    for (key, value) in bucket.flags() {
        builder = builder.set(key, value);
    }
    let orion = builder.set("objects.s3_secret_access_key", "another").start().await;
    let bob = orion.user("bob").await;
    let refused = assert_problem!(put(&bob, OWN, blue()).await, 503, "unavailable");
    assert!(!refused.text.contains("AKID") && !refused.text.contains(&bucket.address.to_string()), "{}", refused.text);
    assert!(bucket.names().is_empty() && bucket.asked().iter().all(|asked| asked.ends_with("403")));
    assert_eq!(address(&bob).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_there_is_not_keeps_nothing_and_that_is_said() {
    let bucket = Bucket::open().await;
    let mut builder = TestPlatform::builder();
    for (key, value) in bucket.flags() {
        builder = builder.set(key, value);
    }
    let orion = builder.set("objects.s3_bucket", "elsewhere").start().await;
    let bob = orion.user("bob").await;
    assert_problem!(put(&bob, OWN, blue()).await, 503, "unavailable");
    assert_eq!(address(&bob).await, None);
    let users = Client::new(orion.service_url(ServiceName::Users));
    let readiness: Readiness = users.get("/readyz?verbose").await.expect(200).json();
    let check = readiness.checks.iter().find(|check| check.name == "files").expect("a check");
    assert!(!check.ok, "{check:?}");
}
