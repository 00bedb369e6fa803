//! How long the files of pictures are kept.

use super::{HOUR, OWN, blue, files, noted, of, picture, put, red, seen, status, waits};
use image::ImageFormat;
use orion_contracts::users::User;
use orion_contracts::{Author, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_nobody_shows_any_more_is_deleted_and_one_of_who_is_restored_is_not() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    waits(&orion, "erase_deleted").await;
    put(&bob, OWN, blue()).await.expect(200);
    orion.settle().await;
    let first = files(&orion);
    assert_eq!((first.len(), noted(&orion).await), (1, 1));
    put(&bob, OWN, red()).await.expect(200);
    orion.settle().await;
    let second = files(&orion);
    assert!(second.len() == 1 && second != first, "{second:?}");

    status(root, bob.id, "deleted").await;
    orion.settle().await;
    assert_eq!(files(&orion), second, "they may come back");
    status(root, bob.id, "active").await;
    assert_eq!(seen(root, &of(bob.id)).await.1, [200, 0, 0]);
    status(root, bob.id, "deleted").await;
    orion.settle().await;
    orion.advance(Duration::from_secs(31 * 86_400)).await;
    eventually("the files are gone", || async { files(&orion).is_empty().then_some(()) }).await;
    orion.settle().await;
    assert_eq!(noted(&orion).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_kept_and_never_shown_is_deleted_after_an_hour() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    waits(&orion, "drop_avatars").await;
    let shown: User = put(&bob, OWN, blue()).await.expect(200).json();
    // So ends an upload whose process is killed between the file and the change that shows it: noted, kept, with an hour to be shown.
    let name = "avatars/of-a-killed-process.jpg";
    let noted_alone = orion.infra(ServiceName::Users).write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let insert = "INSERT INTO avatars (name, created_at, doomed_at) VALUES ($1, $2, $3)";
        let (now, until) = (change.now(), change.now() + HOUR);
        change.execute_raw(statement(change, insert, [name.into(), now.into(), until.into()])).await?;
        Ok::<_, DbError>(())
    });
    noted_alone.await.unwrap();
    let directory = orion.config.data_dir.join("objects");
    std::fs::write(directory.join(name), b"whole").unwrap();
    // What a process leaves that is killed while it writes the file.
    std::fs::write(directory.join(format!("{name}#1")), b"half").unwrap();
    orion.settle().await;
    assert_eq!((files(&orion).len(), noted(&orion).await), (3, 2), "they are known, and shown by nobody");
    orion.advance(2 * HOUR).await;
    eventually("the file is gone", || async { (noted(&orion).await == 1).then_some(()) }).await;
    orion.settle().await;
    assert_eq!(files(&orion).len(), 1, "{:?}", files(&orion));
    // The token of two hours ago is over.
    let bob = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    assert_eq!(seen(&bob, &shown.avatar_url.expect("an address")).await.1, [0, 0, 200]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_sent_at_once_one_is_shown_and_the_files_of_the_others_go() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let sent = (0..6_u8).map(|number| {
        let bob = bob.clone();
        async move { put(&bob, OWN, picture(ImageFormat::Png, [40 * number, 0, 0])).await.status }
    });
    let statuses = futures_util::future::join_all(sent).await;
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200));
    orion.settle().await;
    assert_eq!((files(&orion).len(), noted(&orion).await), (1, 1));
    bob.get(&of(bob.id)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_picture_once_more_takes_the_place_of_a_lost_file() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let shown: User = put(&bob, OWN, blue()).await.expect(200).json();
    let url = shown.avatar_url.clone().expect("an address");
    for name in files(&orion) {
        std::fs::remove_file(orion.config.data_dir.join("objects/avatars").join(name)).unwrap();
    }
    assert_problem!(bob.get(&url).await, 404, "not-found");
    let again: User = put(&bob, OWN, blue()).await.expect(200).json();
    assert_eq!((again.avatar_url, again.version), (shown.avatar_url, shown.version));
    assert_eq!(seen(&bob, &url).await.1, [0, 0, 200]);
    orion.settle().await;
    assert_eq!(files(&orion).len(), 1);
}
