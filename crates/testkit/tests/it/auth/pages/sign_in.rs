//! `/auth/sign-in`, and the way back to a product.

use super::{Browser, said_of};
use crate::auth::count;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/auth/sign-in";
const SHOP: &str = "https://shop.example/back?x=1";
const EXCHANGE: &str = "/api/v1/auth/login/code";
// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(in crate::auth) async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.return_urls", format!("https://other.example/ {SHOP}")).start().await
}

/// The page that a product sends people to.
fn from_shop(more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("return_to", SHOP).append_pair("code_challenge", CHALLENGE).extend_pairs(more);
    format!("{PATH}?{}", query.finish())
}

/// Signs in on the page, and gives the code that leads back.
pub(in crate::auth) async fn code_for(browser: &Browser, email: &str) -> String {
    let typed = [("email", email), ("password", PASSWORD)];
    code_in(&browser.send(&from_shop(&[]), &typed).await)
}

/// The code in an answer that leads back to the shop.
pub(super) fn code_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    let to = url::Url::parse(&answer.header("location").unwrap()).unwrap();
    assert!(to.as_str().starts_with(SHOP), "{to}");
    to.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

pub(in crate::auth) async fn exchange(orion: &TestPlatform, code: &str) -> Answer {
    orion.anonymous().post(EXCHANGE, json!({ "code": code, "code_verifier": VERIFIER })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_gets_people_back_with_a_code_that_begins_their_session() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let typed = [("email", ada.email.as_str()), ("password", PASSWORD)];
    let path = from_shop(&[("state", "s&t"), ("code_challenge_method", "S256")]);
    let page = browser.open(&path).await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
    let back = browser.send(&path, &typed).await;
    let code = code_in(&back);
    assert!(back.header("location").unwrap().ends_with("&state=s%26t"), "{back:?}");
    let sessions = "SELECT COUNT(*) AS n FROM sessions";
    let before = count(&orion, sessions, []).await;
    let tokens: Value = exchange(&orion, &code).await.expect(200).json();
    assert_eq!(tokens["user_id"], json!(ada.id));
    assert_eq!(count(&orion, sessions, []).await, before + 1, "it begins at the exchange");
    let agent = "SELECT COUNT(*) AS n FROM sessions WHERE user_agent LIKE 'Mozilla%'";
    assert_eq!(count(&orion, agent, []).await, 1, "it is the browser's");
    let client = orion.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    client.get("/api/v1/users/me").await.expect(200);
    assert!(browser.cookie("orion_device_3000").is_some_and(|token| !token.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_use_of_a_code_ends_what_the_first_gave() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let code = code_for(&Browser::new(&orion), &ada.email).await;
    let tokens: Value = exchange(&orion, &code).await.expect(200).json();
    assert_eq!(assert_problem!(exchange(&orion, &code).await, 422, "validation").problem_fields(), ["code"]);
    let client = orion.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    eventually("the session is over", || async { (client.get("/api/v1/users/me").await.status == 401).then_some(()) })
        .await;
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    orion.anonymous().post("/api/v1/auth/refresh", refresh).await.expect(401);
    exchange(&orion, &code).await.expect(422);
    ada.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_exchanges_of_one_code_at_most_one_gives_a_session() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let code = code_for(&Browser::new(&orion), &ada.email).await;
    let (orion, code) = (&orion, &code);
    let answers = futures_util::future::join_all((0..20).map(|_| exchange(orion, code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 19, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_worth_nothing_late_without_its_verifier_or_after_the_password_was_changed() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let code = code_for(&browser, &ada.email).await;
    for verifier in ["x", CHALLENGE, &URL_SAFE_NO_PAD.encode([7; 32])] {
        let order = json!({ "code": code, "code_verifier": verifier });
        assert_problem!(orion.anonymous().post(EXCHANGE, order).await, 422, "validation");
    }
    exchange(&orion, &code).await.expect(200);
    for bad in [json!({}), json!({ "code": "", "code_verifier": "" }), json!({ "code": 1, "code_verifier": 2 })] {
        assert_problem!(orion.anonymous().post(EXCHANGE, bad).await, 422, "validation");
    }
    let late = code_for(&browser, &ada.email).await;
    orion.advance(Duration::from_secs(61)).await;
    assert_problem!(exchange(&orion, &late).await, 422, "validation");
    let code = code_for(&browser, &ada.email).await;
    let order = json!({ "current_password": PASSWORD, "new_password": "a wholly different passphrase" });
    ada.post("/api/v1/auth/password", order).await.expect(204);
    assert_problem!(exchange(&orion, &code).await, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let mark = super::mark_in(&browser.open(PATH).await.text);
    let typed = [("email", ada.email.as_str()), ("password", PASSWORD)];
    for to in [
        "https://evil.example/",
        "https://shop.example/back",
        "https://shop.example/back?x=1&y=2",
        "https://shop.example/back?x=1#",
        "HTTPS://shop.example/back?x=1",
        "https://shop.example/./back?x=1",
        "https://shop.example:443/back?x=1",
        "https://shop.example@evil.example/back?x=1",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("return_to", to), ("code_challenge", CHALLENGE)])
            .finish();
        for page in ["/auth/sign-in", "/auth/flow"] {
            let path = format!("{page}?{query}");
            for answer in [browser.open(&path).await, browser.send_marked(&path, &mark, &typed).await] {
                assert_eq!((answer.status, answer.header("location")), (400, None), "{to}: {answer:?}");
                assert!(answer.text.contains("not known here"), "{}", answer.text);
            }
        }
    }
    for query in [
        format!("return_to={SHOP}"),
        format!("return_to={SHOP}&code_challenge=short"),
        format!("return_to={SHOP}&code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("return_to={SHOP}&code_challenge={CHALLENGE}&code_challenge={CHALLENGE}"),
        format!("return_to={SHOP}&code_challenge={CHALLENGE}&state={}", "x".repeat(1025)),
        format!("return_to={SHOP}&code_challenge={CHALLENGE}&state=a%00b"),
        format!("return_to={SHOP}&return_to=https://evil.example/&code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}"),
    ] {
        let path = format!("{PATH}?{query}");
        for answer in [browser.open(&path).await, browser.send_marked(&path, &mark, &typed).await] {
            assert_eq!((answer.status, answer.header("location")), (400, None), "{query}: {answer:?}");
        }
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM sign_in_codes", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_and_unknown_addresses_are_told_alike() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 2).start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let send =
        async |email: &str, password: &str| browser.send(PATH, &[("email", email), ("password", password)]).await;
    let plain = |page: &Answer, email: &str| page.text.replace(email, "…");
    let (wrong, unknown) = (send(&ada.email, "a wrong password").await, send("nobody@example.com", PASSWORD).await);
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(plain(&wrong, &ada.email), plain(&unknown, "nobody@example.com"));
    assert!(wrong.text.contains("role=\"alert\"") && wrong.text.contains("<title>Error: Sign in"), "{}", wrong.text);
    let page = send("nonsense", "").await.expect(422);
    assert!(said_of(&page.text, "email").is_some() && said_of(&page.text, "password").is_some(), "{}", page.text);
    let mut last = send(&ada.email, "a wrong password").await;
    for _ in 0..4 {
        last = send(&ada.email, "a wrong password").await;
    }
    assert!(last.status == 429 && last.header("retry-after").is_some(), "{last:?}");
    assert!(last.text.contains("Too many tries"), "{}", last.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_product_that_waits_people_go_on_to_where_they_sign_in() {
    let url = "https://shop.example/in?from=orion";
    let orion = TestPlatform::builder().set("auth.sign_in_url", url).start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let done = browser.send(PATH, &[("email", &ada.email), ("password", PASSWORD)]).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some(url));
    TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
}
