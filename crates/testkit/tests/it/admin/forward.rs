//! `/api/v1/*` on the console's port

use super::Browser;
use futures_util::{StreamExt, future, stream};
use orion_contracts::ServiceName;
use orion_contracts::users::User;
use orion_testkit::{Answer, Client, TestPlatform, assert_problem, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_made_as_whoever_the_cookie_stands_for() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let bob = orion.user("bob").await;
    let request = browser
        .request("GET", "/api/v1/users/me")
        .bearer_auth(&bob.access_token)
        .header("x-orion-user-id", bob.id.to_string());
    let me: User = Answer::of(request).await.json();
    assert_eq!(me.id, orion.administrator().await.id, "the browser's own claims count nothing");

    let patch = browser.proven("PATCH", "/api/v1/users/me").json(&json!({ "display_name": "Chief" }));
    let me: User = Answer::of(patch).await.json();
    assert_eq!(me.display_name.as_deref(), Some("Chief"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_a_token_is_no_way_in() {
    let orion = TestPlatform::start().await;
    let token = orion.administrator().await.access_token.clone();
    let mut browser = Browser::new(&orion);
    assert_problem!(browser.get("/api/v1/users/me").await, 401, "no-console-session");
    let request = browser.request("GET", "/api/v1/users/me").bearer_auth(token);
    assert_problem!(Answer::of(request).await, 401, "no-console-session");
    let real = Browser::administrator(&orion).await.cookie.expect("a cookie");
    let (name, _) = real.split_once('=').expect("a name");
    browser.cookie = Some(format!("{name}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_problem!(browser.get("/api/v1/users/me").await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_owners_and_large_bodies_are_refused() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    for path in
        ["/api/v1/nothing", "/api/v1/users/%2e%2e/%2e%2e/%2e%2e/internal/v1/roles", "/api/v2/users", "/internal/x"]
    {
        assert_problem!(browser.get(path).await, 404, "not-found");
    }
    let large = browser.proven("PATCH", "/api/v1/users/me").header("content-type", "application/json");
    assert_problem!(Answer::of(large.body(vec![b' '; 2 * 1024 * 1024])).await, 413, "payload-too-large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_passes_as_it_is_and_has_a_bound_of_its_own() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let mut picture = picture.into_inner();
    // Behind the picture may stand whatever there is.
    picture.resize(4 * 1024 * 1024, 0);
    let put = |path: &str, length: usize| {
        let request = browser.proven("PUT", path).header("content-type", "image/png");
        Answer::of(request.body(picture[..length].to_vec()))
    };
    let own: User = put("/api/v1/users/me/avatar", picture.len()).await.expect(200).json();
    let shown = browser.request("GET", &own.avatar_url.expect("an address")).send().await.unwrap();
    assert_eq!((shown.status().as_u16(), &shown.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(shown.headers()["cache-control"], "private, max-age=31536000, immutable");
    // Kept for good, and shown to nobody once the session is another one or none.
    assert_eq!(shown.headers().get_all("vary").iter().filter(|one| *one == "cookie").count(), 1);
    assert_eq!(shown.headers()["content-security-policy"], "default-src 'none'; frame-ancestors 'none'; sandbox");
    assert_eq!(image::guess_format(&shown.bytes().await.unwrap()).ok(), Some(image::ImageFormat::Jpeg));
    let large = browser.proven("PUT", "/api/v1/users/me/avatar").body(vec![0; 11 * 1024 * 1024]);
    assert_problem!(Answer::of(large).await, 413, "payload-too-large");
    let unproven = browser.request("PUT", "/api/v1/users/me/avatar").body(picture[..1024].to_vec());
    assert_problem!(Answer::of(unproven).await, 403, "csrf");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_takes_the_room_for_pictures_from_all_others() {
    let orion = TestPlatform::start().await;
    let (browser, second) = (Browser::administrator(&orion).await, Browser::administrator(&orion).await);
    let mut other = Browser::new(&orion);
    other.sign_in(&orion.user("bob").with_role("editor").await.email).await.expect(201);
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let picture = picture.into_inner();
    let put = |browser: &Browser, body: reqwest::Body| {
        Answer::of(browser.proven("PUT", "/api/v1/users/me/avatar").header("content-type", "image/png").body(body))
    };
    // Pictures that begin and never end.
    let endless = || {
        let begun = stream::once(future::ready(Ok::<_, std::io::Error>(b"\x89PNG".to_vec())));
        reqwest::Body::wrap_stream(begun.chain(stream::pending()))
    };
    let held: Vec<_> = (0..20).map(|_| tokio::spawn(put(&browser, endless()))).collect();
    // Who is refused comes when the places are taken, by those that never end.
    eventually("no room", async || held.iter().any(tokio::task::JoinHandle::is_finished).then_some(())).await;
    let refused = assert_problem!(put(&second, picture.clone().into()).await, 429, "rate-limited");
    assert_eq!(refused.header("retry-after").as_deref(), Some("2"));
    put(&other, picture.clone().into()).await.expect(200);
    // Looking at one takes no room.
    let shown = format!("/api/v1/users/{}/avatar", orion.administrator().await.id);
    assert_problem!(browser.get(&shown).await, 404, "not-found");
    held.iter().for_each(tokio::task::JoinHandle::abort);
    eventually("room", async || (put(&second, picture.clone().into()).await.status == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_owns_is_not_found_whoever_asks() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await.at(orion.service_url(ServiceName::Admin));
    let nobody = Browser::new(&orion);
    for path in ["/api/v1/nothing", "/api/v1/jobs/", "/api/v1/jobs/users", "/api/nothing", "/api/v2/users"] {
        assert_problem!(root.get(path).await, 404, "not-found");
        assert_problem!(nobody.get(path).await, 404, "not-found");
    }
}

/// Whether a schema, or one that it names, has an access token.
fn has_token(schema: &Value, document: &Value, depth: u8) -> bool {
    let named = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
    let parts = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|part| schema[part].as_array()).flatten();
    schema["properties"].get("access_token").is_some()
        || depth > 0 && named.into_iter().chain(parts).any(|part| has_token(part, document, depth - 1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_that_is_answered_with_a_token_is_made_for_the_page() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut refused = BTreeSet::new();
    for service in ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Gateway) {
        let document: Value = Client::new(orion.service_url(service)).get("/openapi.json").await.json();
        for (path, calls) in document["paths"].as_object().unwrap() {
            for (method, call) in calls.as_object().unwrap() {
                let answers =
                    call["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
                let mut schemas = answers.map(|(_, answer)| &answer["content"]["application/json"]["schema"]);
                if schemas.any(|schema| has_token(schema, &document, 5)) {
                    let path = path.replace("{id}", "0190c8a6-5a0e-7c3b-8f7e-2f6f0a1b2c3d");
                    let request = browser.proven(&method.to_uppercase(), &path).json(&json!({}));
                    assert_problem!(Answer::of(request).await, 404, "not-found");
                    refused.insert(format!("{method} {path}"));
                }
            }
        }
    }
    // One more than these is to stand in the console's list, one less to be taken out of it.
    assert_eq!(refused.len(), 13, "{refused:?}");
    // What is on the way to a token is no token.
    let begun = browser.proven("POST", "/api/v1/auth/flows").json(&json!({ "purpose": "sign_in" }));
    assert_ne!(Answer::of(begun).await.status, 404);
}
