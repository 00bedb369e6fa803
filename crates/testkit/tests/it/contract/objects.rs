//! What both places of files keep: a directory, and a bucket that speaks S3.

use axum::body::Bytes;
use orion_infra::clock::Clock;
use orion_infra::config::ObjectsConfig;
use orion_infra::objects::Objects;
use orion_testkit::Bucket;
use std::path::Path;
use std::time::{Duration, Instant};

/// A directory and a bucket, with what must live as long.
async fn both() -> (tempfile::TempDir, Bucket, [Objects; 2]) {
    let (directory, bucket) = (tempfile::tempdir().unwrap(), Bucket::open().await);
    let in_directory = ObjectsConfig { directory: directory.path().display().to_string(), ..ObjectsConfig::default() };
    let places = [opened(&in_directory), opened(&bucket.config())];
    (directory, bucket, places)
}

fn opened(config: &ObjectsConfig) -> Objects {
    Objects::open(config, Path::new("/nowhere"), &Clock::system()).unwrap()
}

#[tokio::test]
async fn a_file_is_read_as_it_was_kept_last_and_not_after_it_was_deleted() {
    let (_directory, _bucket, places) = both().await;
    for place in places {
        assert_eq!(place.get("of/one.jpg").await.unwrap(), None, "there is none yet");
        for content in [&b"first"[..], b"", b"last"] {
            place.put("of/one.jpg", Bytes::from_static(content)).await.unwrap();
            assert_eq!(place.get("of/one.jpg").await.unwrap().as_deref(), Some(content));
        }
        assert_eq!(place.get("of/two.jpg").await.unwrap(), None, "another name is another file");
        for _ in 0..2 {
            place.delete("of/one.jpg").await.unwrap();
        }
        assert_eq!(place.get("of/one.jpg").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_large_file_and_many_at_once_come_back_whole() {
    let (_directory, _bucket, places) = both().await;
    for place in places {
        let large = Bytes::from(vec![7; 4 * 1024 * 1024]);
        place.put("large", large.clone()).await.unwrap();
        assert_eq!(place.get("large").await.unwrap(), Some(large));
        let many = (0..16_u8).map(|number| {
            let place = place.clone();
            async move {
                let (name, content) = (format!("many/{number}"), Bytes::from(vec![number; 1000]));
                place.put(&name, content.clone()).await.unwrap();
                assert_eq!(place.get(&name).await.unwrap(), Some(content));
            }
        });
        futures_util::future::join_all(many).await;
    }
}

#[tokio::test]
async fn a_bucket_that_takes_calls_and_answers_none_is_given_up_in_time() {
    let bucket = Bucket::open().await;
    let place = opened(&bucket.config());
    place.put("one", Bytes::new()).await.unwrap();
    bucket.be_silent();
    let began = Instant::now();
    place.get("one").await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    place.check().await.unwrap_err();
}
