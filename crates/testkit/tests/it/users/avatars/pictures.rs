//! What is taken as a picture, by whom, and how it is shown.

use super::{ME, OWN, address, blue, files, noted, of, padded, picture, put, red, seen};
use crate::users::new_id;
use image::ImageFormat;
use orion_contracts::audit::AuditEntry;
use orion_contracts::users::User;
use orion_contracts::{Page, UserId};
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::{Value, json};

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
    assert_problem!(eve.get(&of(new_id(&orion))).await, 403, "permission-denied");
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
    assert_problem!(put(root, &of(new_id(&orion)), red()).await, 404, "not-found");
    let account: Value = root.post("/api/v1/service-accounts", json!({ "name": "robot" })).await.expect(201).json();
    let account: UserId = serde_json::from_value(account["id"].clone()).unwrap();
    assert_problem!(put(root, &of(account), red()).await, 404, "not-found");
    assert_problem!(root.get(&of(account)).await, 404, "not-found");
    let gone: User = adam.delete(&of(bob.id)).await.expect(200).json();
    assert_eq!(gone.avatar_url, None);
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
    assert_problem!(put(&adam, &of(new_id(&orion)), b"no picture".to_vec()).await, 404, "not-found");
    orion.settle().await;
    assert_eq!((files(&orion).len(), noted(&orion).await), (0, 0));
}
