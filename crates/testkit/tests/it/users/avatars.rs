//! `/api/v1/users/me/avatar` and `/api/v1/users/{id}/avatar`: pictures of people.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use orion_contracts::audit::AuditEntry;
use orion_contracts::health::{Readiness, ReadyStatus};
use orion_contracts::users::User;
use orion_contracts::{Author, Page, ServiceName, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Bucket, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::io::Cursor;
use std::time::Duration;

const OWN: &str = "/api/v1/users/me/avatar";
const ME: &str = "/api/v1/users/me";
const HOUR: Duration = Duration::from_secs(3600);

/// A picture of one colour.
fn picture(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    let mut written = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(RgbImage::from_pixel(40, 30, Rgb(colour))).write_to(&mut written, format).unwrap();
    written.into_inner()
}

fn blue() -> Vec<u8> {
    picture(ImageFormat::Png, [0, 0, 200])
}

fn red() -> Vec<u8> {
    picture(ImageFormat::Jpeg, [200, 0, 0])
}

/// Behind the last pixel of a PNG may stand whatever there is.
fn padded(length: usize) -> Vec<u8> {
    let mut picture = blue();
    picture.resize(length, 0);
    picture
}

fn of(id: UserId) -> String {
    format!("/api/v1/users/{id}/avatar")
}

async fn put(client: &Client, path: &str, picture: Vec<u8>) -> Answer {
    Answer::of(client.request("PUT", path).header("content-type", "image/png").body(picture)).await
}

/// What is shown at an address: its headers and the colour in its middle.
async fn seen(client: &Client, address: &str) -> (http::HeaderMap, [u8; 3]) {
    let response = client.request("GET", address).send().await.unwrap();
    assert_eq!(response.status(), 200, "{address}");
    let headers = response.headers().clone();
    let bytes = response.bytes().await.unwrap();
    assert_eq!(image::guess_format(&bytes).ok(), Some(ImageFormat::Jpeg));
    let image = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (256, 256));
    let pixel = image.get_pixel(128, 128).0;
    (headers, pixel.map(|value| if value > 128 { 200 } else { 0 }))
}

async fn address(client: &Client) -> Option<String> {
    client.get(ME).await.json::<User>().avatar_url
}

/// The names of all files that are kept in the directory.
fn files(orion: &TestPlatform) -> Vec<String> {
    let directory = orion.config.data_dir.join("objects/avatars");
    let Ok(found) = std::fs::read_dir(directory) else { return Vec::new() };
    found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// How many files are noted.
async fn noted(orion: &TestPlatform) -> usize {
    let db = orion.infra(ServiceName::Users).db.read();
    db.query_all_raw(statement(db, "SELECT name FROM avatars", [])).await.unwrap().len()
}

/// Until a job that is done again and again has its next time: it is written soon after the start.
async fn waits(orion: &TestPlatform, job: &str) {
    let db = orion.infra(ServiceName::Users).db.read();
    let select = || statement(db, "SELECT id FROM jobs WHERE kind = $1", [job.into()]);
    eventually("the job", || async { db.query_one_raw(select()).await.unwrap().map(drop) }).await;
}

async fn status(root: &TestUser, id: UserId, status: &str) {
    let order = json!({ "status": status, "reason": "Asked for it." });
    root.put(&format!("/api/v1/users/{id}/status"), order).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_drawn_anew_shown_under_an_address_of_its_own_and_audited_by_its_hash() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    assert_eq!(address(&bob).await, None);
    assert_problem!(bob.get(&of(bob.id)).await, 404, "not-found");
    let before: User = bob.get(ME).await.json();
    let answer = put(&bob, OWN, blue()).await.expect(200);
    let user: User = answer.json();
    assert_eq!((user.version, answer.header("etag")), (before.version + 1, Some(format!("\"{}\"", user.version))));
    let url = user.avatar_url.expect("an address");
    assert!(url.starts_with(&format!("{}?v=", of(bob.id))), "{url}");

    let (headers, colour) = seen(&bob, &url).await;
    assert_eq!(colour, [0, 0, 200]);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, max-age=31536000, immutable"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("content-disposition", "inline; filename=\"avatar.jpg\""),
    ] {
        assert_eq!(headers.get(name).map(|value| value.to_str().unwrap()), Some(value), "{name}");
    }
    let tag = headers["etag"].to_str().unwrap().to_owned();
    for (asked, status) in [(tag.clone(), 304), (format!("\"x\", W/{tag}"), 304), ("\"x\"".to_owned(), 200)] {
        let request = bob.request("GET", &of(bob.id)).header("if-none-match", asked);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["cache-control"], "private, no-cache", "without the version it may change");
    }
    assert_eq!(bob.request("HEAD", &url).send().await.unwrap().status(), 200);
    assert_problem!(bob.get(&format!("{}?w=1", of(bob.id))).await, 422, "validation");

    let changed: User = put(&bob, OWN, red()).await.expect(200).json();
    let new = changed.avatar_url.expect("an address");
    assert_ne!(new, url);
    assert_eq!(seen(&bob, &new).await.1, [200, 0, 0]);
    let again: User = put(&bob, OWN, red()).await.expect(200).json();
    assert_eq!(again.version, changed.version, "the same picture changes nothing");
    let gone: User = bob.delete(OWN).await.expect(200).json();
    assert_eq!((gone.avatar_url, gone.version), (None, changed.version + 1));
    assert_eq!(bob.delete(OWN).await.json::<User>().version, gone.version, "there is none");
    assert_problem!(bob.get(&of(bob.id)).await, 404, "not-found");

    orion.settle().await;
    let entries: Page<AuditEntry> = root.get(&format!("/api/v1/audit?resource=user&principal={}", bob.id)).await.json();
    let url_of = |values: &Option<Value>| values.as_ref().map(|values| values["avatar_url"].clone());
    let told: Vec<_> = entries
        .items
        .iter()
        .filter(|entry| entry.description.contains("picture"))
        .map(|entry| (url_of(&entry.old_values), url_of(&entry.new_values)))
        .collect();
    let (none, first, second) = (Some(Value::Null), Some(json!(url)), Some(json!(new)));
    assert_eq!(told, [(second.clone(), none.clone()), (first.clone(), second), (none, first)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_format_is_taken_by_its_bytes_and_nothing_else_is() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    for (number, format) in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif].into_iter().enumerate()
    {
        let colour = if number % 2 == 0 { [200, 0, 0] } else { [0, 200, 0] };
        let user: User = put(&bob, OWN, picture(format, colour)).await.expect(200).json();
        assert_eq!(seen(&bob, &user.avatar_url.expect("an address")).await.1, colour, "{format:?}");
    }
    let last = address(&bob).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    for body in [Vec::new(), svg, b"<!doctype html><script>alert(1)</script>".to_vec(), b"{}".to_vec()] {
        let refused = put(&bob, OWN, body).await;
        assert_problem!(refused, 415, "unsupported-media-type");
    }
    let whole = blue();
    assert_problem!(put(&bob, OWN, whole[..whole.len() / 2].to_vec()).await, 422, "validation");
    // A few bytes that say that they are 4 000 000 000 pixels; the checksum of the header is not looked at before.
    let mut bomb = whole;
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    assert_eq!(assert_problem!(put(&bob, OWN, bomb).await, 422, "validation").problem_fields(), ["avatar"]);
    assert_eq!(address(&bob).await, last, "nothing changed");
    orion.settle().await;
    assert_eq!((files(&orion).len(), noted(&orion).await), (1, 1), "what was refused is kept nowhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_has_a_bound_of_its_own_and_other_bodies_keep_theirs() {
    let orion = TestPlatform::builder().set("users.avatar_max_kib", 3072).start().await;
    let bob = orion.user("bob").await;
    let most = 3072 * 1024;
    put(&bob, OWN, padded(most)).await.expect(200);
    let keyed = bob.request("PUT", OWN).header("idempotency-key", "one").header("content-type", "image/png");
    Answer::of(keyed.body(padded(most))).await.expect(200);
    assert_problem!(put(&bob, OWN, padded(most + 1)).await, 413, "payload-too-large");
    // The same without saying how much comes.
    let pieces =
        padded(most + 1).chunks(65_536).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let streamed = bob.request("PUT", OWN).body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)));
    assert_problem!(Answer::of(streamed).await, 413, "payload-too-large");
    let large = bob.request("PATCH", ME).header("content-type", "application/json").body(vec![b' '; 2 * 1024 * 1024]);
    assert_problem!(Answer::of(large).await, 413, "payload-too-large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_changes_the_picture_of_somebody_above_or_sees_that_of_who_is_none_of_their_business() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob, eve) =
        (orion.user("adam").with_role("admin").await, orion.user("bob").await, orion.user("eve").await);
    let user: User = put(&adam, &of(bob.id), blue()).await.expect(200).json();
    assert_eq!(user.id, bob.id);
    for who in [&adam, &bob, root] {
        assert_eq!(seen(who, &of(bob.id)).await.1, [0, 0, 200]);
    }
    assert_problem!(eve.get(&of(bob.id)).await, 403, "permission-denied");
    assert_problem!(eve.get(&of(super::new_id(&orion))).await, 403, "permission-denied");
    assert_problem!(orion.anonymous().get(&of(bob.id)).await, 401, "unauthenticated");
    for refused in [
        put(&eve, &of(bob.id), red()).await,
        put(&bob, &of(adam.id), red()).await,
        put(&adam, &of(root.id), red()).await,
        eve.delete(&of(bob.id)).await,
        adam.delete(&of(root.id)).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    assert_problem!(put(&orion.anonymous(), OWN, red()).await, 401, "unauthenticated");
    let guest = orion.user("guest").unverified().await;
    assert_problem!(put(&guest, OWN, red()).await, 403, "permission-denied");
    assert_problem!(put(root, &of(super::new_id(&orion)), red()).await, 404, "not-found");
    let account: Value = root.post("/api/v1/service-accounts", json!({ "name": "robot" })).await.expect(201).json();
    let account: UserId = serde_json::from_value(account["id"].clone()).unwrap();
    assert_problem!(put(root, &of(account), red()).await, 404, "not-found");
    assert_problem!(root.get(&of(account)).await, 404, "not-found");
    let gone: User = adam.delete(&of(bob.id)).await.expect(200).json();
    assert_eq!(gone.avatar_url, None);
}

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
async fn what_the_change_would_refuse_is_neither_read_nor_drawn_nor_kept() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let adam = orion.user("adam").with_role("admin").await;
    // What is no picture would be refused for that, had anybody looked at it.
    let stale = bob.request("PUT", OWN).header("if-match", "\"1\"").body("no picture");
    assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    assert_problem!(put(&adam, &of(root.id), b"no picture".to_vec()).await, 403, "permission-denied");
    assert_problem!(put(&adam, &of(super::new_id(&orion)), b"no picture".to_vec()).await, 404, "not-found");
    orion.settle().await;
    assert_eq!((files(&orion).len(), noted(&orion).await), (0, 0));
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
