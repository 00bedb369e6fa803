//! `/api/v1/auth/providers` and `/auth/providers/…`: signing in at a provider, which is a double that speaks OpenID Connect.

use super::flows::claims;
use super::pages::{Browser, mark_in};
use super::two_factor::{enrol, now};
use super::{count, links_to};
use orion_contracts::ServiceName;
use orion_contracts::auth::{ProviderIdentityList, ProviderLink, PutAccount, TokenResponse};
use orion_contracts::events::UserFacts;
use orion_contracts::internal::ChangeAccount;
use orion_testkit::provider::{Provider, Says};
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::{Value, json};
use std::time::Duration;

const LINKED: &str = "/api/v1/auth/providers/linked";
const START: &str = "/auth/providers/shop";
/// RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const RETURN: &str =
    "return_to=https%3A%2F%2Fshop.example%2Fback&state=s1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A platform at which people may sign in by the provider.
pub(crate) async fn platform(provider: &Provider) -> TestPlatform {
    let section = provider.section("shop", &format!("label = \"The Shop\"\nissuer = \"{}\"", provider.issuer()));
    let returns = "[auth]\nreturn_urls = \"https://shop.example/back\"\naccess_token_seconds = 3600\n";
    TestPlatform::builder().file(format!("{returns}{section}")).start().await
}

pub(crate) fn location(answer: &Answer) -> String {
    answer.header("location").unwrap_or_else(|| panic!("leads nowhere: {answer:?}"))
}

/// Goes to the provider and comes back; what the page of the callback answers.
pub(crate) async fn visit(browser: &Browser, start: &str) -> Answer {
    let there = location(&browser.open(start).await.expect(303));
    browser.open(&back_from(&there).await).await
}

/// What the provider answers to a browser: the path that it is sent back to.
pub(crate) async fn back_from(there: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(there).send().await.unwrap();
    let back = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    format!("{}?{}", back.path(), back.query().unwrap())
}

/// Signs in for a product: the session that its code gives.
pub(crate) async fn sign_in(orion: &TestPlatform, browser: &Browser) -> TokenResponse {
    let answer = visit(browser, &format!("{START}?{RETURN}")).await.expect(303);
    exchange(orion, &location(&answer)).await
}

async fn exchange(orion: &TestPlatform, to: &str) -> TokenResponse {
    let to = url::Url::parse(to).unwrap();
    assert_eq!((to.host_str(), to.path()), (Some("shop.example"), "/back"));
    let query: std::collections::BTreeMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "s1");
    let order = json!({ "code": query["code"], "code_verifier": VERIFIER });
    orion.anonymous().post("/api/v1/auth/login/code", order).await.expect(200).json()
}

async fn linked(user: &orion_testkit::Client) -> ProviderIdentityList {
    user.get(LINKED).await.expect(200).json()
}

/// What the users service orders of an account.
pub(super) async fn put_account(orion: &TestPlatform, facts: &UserFacts, version: i64) {
    let order = PutAccount { user: facts.clone(), version };
    orion.infra(ServiceName::Users).peers.call(&ChangeAccount { id: facts.user_id }, &order).await.unwrap();
}

/// Links what the provider says to somebody's account; the page at the end.
pub(crate) async fn link(user: &TestUser, browser: &Browser) -> Answer {
    let link: ProviderLink = user.post("/api/v1/auth/providers/shop/link", json!({})).await.expect(200).json();
    let url = url::Url::parse(&link.url).unwrap();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let page = browser.open(&path).await.expect(200);
    assert!(page.text.contains(&user.email), "whose account it is: {}", page.text);
    let there = browser.send_marked(&path, &mark_in(&page.text), &[]).await.expect(303);
    browser.open(&back_from(&location(&there)).await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_new_gets_an_account_by_it_and_the_same_one_again() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let browser = Browser::new(&orion);
    let page = browser.open(&format!("/auth/sign-in?{RETURN}")).await.expect(200);
    assert!(page.text.contains("Continue with The Shop") && page.text.contains("/auth/providers/shop?return_to="));
    let listed = orion.anonymous().get("/api/v1/auth/providers").await.expect(200).value();
    assert_eq!(listed, json!({ "items": [{ "name": "shop", "label": "The Shop" }] }));

    let tokens = sign_in(&orion, &browser).await;
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal1"), &json!(["fed"])));
    let user = orion.anonymous().with_token(tokens.access_token.expose());
    let profile: Value = user.get("/api/v1/users/me").await.expect(200).json();
    assert_eq!((&profile["email"], &profile["display_name"]), (&json!("ada@example.com"), &json!("Ada Lovelace")));
    assert_eq!((&profile["status"], &profile["is_verified"]), (&json!("active"), &json!(true)));
    let first = linked(&user).await.items;
    assert_eq!((first.len(), first[0].is_primary, first[0].provider.as_str()), (1, true, "shop"));

    // Who they are is issuer and subject: the address may change.
    let about = json!({ "sub": "ada-7", "email": "moved@example.com", "email_verified": false });
    provider.say(Says { about, ..Says::default() });
    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, tokens.user_id);
    orion.settle().await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1);
    assert!(links_to(&orion, "ada@example.com").await.is_empty(), "nothing is to be verified");
    let sealed = "SELECT COUNT(*) AS n FROM oauth_providers WHERE tokens_sealed LIKE '%access_token%'";
    assert_eq!(count(&orion, sealed, []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_has_an_account_is_never_taken_over_but_linked_by_its_owner() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    let page = visit(&browser, START).await.expect(409);
    assert!(page.text.contains("You have an account already"), "{}", page.text);
    assert_eq!(linked(&ada).await.items.len(), 0);

    let page = link(&ada, &browser).await.expect(200);
    assert!(page.text.contains("The Shop is linked"), "{}", page.text);
    assert_eq!(sign_in(&orion, &browser).await.user_id, ada.id);
    // Linking it again changes nothing; somebody else cannot have it too.
    link(&ada, &browser).await.expect(200);
    let bob = orion.user("bob").await;
    let page = link(&bob, &Browser::new(&orion)).await.expect(409);
    assert!(page.text.contains("Already linked elsewhere"), "{}", page.text);
    assert_eq!((linked(&ada).await.items.len(), linked(&bob).await.items.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_verified_makes_way_for_its_owner() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let order = json!({ "email": "ada@example.com", "password": "what a stranger chose once" });
    orion.anonymous().post("/api/v1/auth/register", &order).await.expect(201);
    orion.settle().await;
    let tokens = sign_in(&orion, &Browser::new(&orion)).await;
    orion.settle().await;
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", &order).await, 401, "invalid-credentials");
    let link = links_to(&orion, "ada@example.com").await.pop().expect("the stranger's mail");
    let verify = json!({ "token": link, "password": "what a stranger chose once" });
    orion.anonymous().post("/api/v1/auth/verify-email", verify).await;
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", &order).await, 401, "invalid-credentials");
    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, tokens.user_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_the_provider_has_not_verified_makes_no_account() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    for about in [
        json!({ "sub": "1", "email": "ada@example.com" }),
        json!({ "sub": "1", "email": "ada@example.com", "email_verified": false }),
        json!({ "sub": "1", "email": "ada@example.com", "email_verified": "false" }),
        json!({ "sub": "1", "email": "ada@example.com", "email_verified": "true" }),
        json!({ "sub": "1", "email_verified": true }),
        json!({ "sub": "1", "email": "no address", "email_verified": true }),
    ] {
        provider.say(Says { about: about.clone(), ..Says::default() });
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, 409, "{about}");
        assert!(page.text.contains("does not confirm your address"), "{about}: {}", page.text);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 0);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_the_providers_own_signs_nobody_in() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    sign_in(&orion, &Browser::new(&orion)).await;
    let over = |claims: Value| Says { claims, ..Says::default() };
    for (says, what) in [
        (over(json!({ "aud": "somebody-else" })), "for somebody else"),
        (over(json!({ "aud": ["orion-client", "somebody-else"] })), "for several, without azp"),
        (over(json!({ "azp": "somebody-else" })), "of another party"),
        (over(json!({ "iss": "https://evil.example" })), "another issuer's"),
        (over(json!({ "nonce": "another" })), "of another visit"),
        (over(json!({ "nonce": null })), "of no visit"),
        (over(json!({ "exp": 1_000_000_000 })), "over"),
        (over(json!({ "iat": 9_000_000_000_u64 })), "of tomorrow"),
        (over(json!({ "sub": "" })), "of nobody"),
        (Says { header: json!({ "alg": "none" }), ..Says::default() }, "not signed"),
        (Says { header: json!({ "alg": "HS256" }), ..Says::default() }, "signed by what is no secret"),
        (Says { header: json!({ "kid": "unknown" }), ..Says::default() }, "of an unknown key"),
        (Says { forged: true, ..Says::default() }, "forged"),
        (Says { refuses: true, ..Says::default() }, "refused"),
        (Says { iss: Some("https://evil.example".to_owned()), ..Says::default() }, "mixed up (RFC 9207)"),
    ] {
        provider.say(says);
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, 400, "{what}: {}", page.text);
        assert!(page.text.contains("did not sign you in"), "{what}: {}", page.text);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM sessions", []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_browser_that_went_comes_back_once_and_in_time() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, mallory) = (Browser::new(&orion), Browser::new(&orion));
    let back = back_from(&location(&ada.open(START).await.expect(303))).await;
    mallory.open("/auth/sign-in").await;
    for other in [&mallory, &Browser::new(&orion)] {
        other.open(&back).await.expect(410);
    }
    for broken in [
        "/auth/providers/shop/callback",
        "/auth/providers/shop/callback?state=x&code=y",
        "/auth/providers/shop/callback?state=%ff",
    ] {
        ada.open(broken).await.expect(410);
    }
    ada.open(&back).await.expect(303);
    ada.open(&back).await.expect(410);
    let late = back_from(&location(&ada.open(START).await.expect(303))).await;
    orion.advance(Duration::from_secs(601)).await;
    ada.open(&late).await.expect(410);
    ada.open("/auth/providers/nobody").await.expect(404);
    // Where it leads afterwards is registered, letter by letter.
    ada.open("/auth/providers/shop?return_to=https%3A%2F%2Fevil.example").await.expect(400);
    let ticket = mallory.open("/auth/providers/shop/link?ticket=nonsense").await;
    assert_eq!(ticket.status, 410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_went_to_one_provider_does_not_come_back_from_another() {
    let provider = Provider::start().await;
    let (egress, shop) = ("[egress]\nallow_private = true\n", format!("issuer = \"{}\"", provider.issuer()));
    let other = provider.section("other", &shop).replace(egress, "");
    let orion = TestPlatform::builder().file(format!("{}{other}", provider.section("shop", &shop))).start().await;
    let ada = Browser::new(&orion);
    let back = back_from(&location(&ada.open(START).await.expect(303))).await;
    ada.open(&back.replace("/providers/shop/", "/providers/other/")).await.expect(410);
    ada.open(&back).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_after_it() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    link(&ada, &browser).await.expect(200);
    let (app, _) = enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    let answer = visit(&browser, &format!("{START}?{RETURN}")).await.expect(303);
    assert!(location(&answer).starts_with("/auth/flow?return_to="), "{}", location(&answer));
    let flow = location(&answer);
    let done = browser.send(&flow, &[("step", "totp"), ("code", &app.code(now(&orion)))]).await.expect(303);
    let tokens = exchange(&orion, &location(&done)).await;
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal2"), &json!(["fed", "otp", "mfa"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identities_are_listed_made_primary_and_taken_away_but_never_the_last_way_in() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let tokens = sign_in(&orion, &Browser::new(&orion)).await;
    let only = orion.anonymous().with_token(tokens.access_token.expose());
    let id = linked(&only).await.items[0].id;
    assert_problem!(only.delete(&format!("{LINKED}/{id}")).await, 409, "conflict");
    assert_eq!(linked(&only).await.items.len(), 1);

    let (bob, browser) = (orion.user("bob").await, Browser::new(&orion));
    for sub in ["bob-1", "bob-2"] {
        let about = json!({ "sub": sub, "email": "elsewhere@example.com", "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        link(&bob, &browser).await.expect(200);
        orion.advance(Duration::from_secs(1)).await;
    }
    let both = linked(&bob).await.items;
    assert_eq!(both.iter().map(|one| one.is_primary).collect::<Vec<_>>(), [true, false]);
    let second = format!("{LINKED}/{}", both[1].id);
    assert_problem!(only.delete(&second).await, 404, "not-found");
    assert_problem!(only.put(&format!("{second}/primary"), json!({})).await, 404, "not-found");
    bob.put(&format!("{second}/primary"), json!({})).await.expect(204);
    assert_eq!(linked(&bob).await.items.iter().map(|one| one.is_primary).collect::<Vec<_>>(), [false, true]);
    bob.delete(&second).await.expect(204);
    assert!(linked(&bob).await.items[0].is_primary, "one is, as long as there is one");

    let path = format!("/api/v1/auth/admin/users/{}/providers", bob.id);
    assert_problem!(only.get(&path).await, 403, "permission-denied");
    let admin = orion.administrator().await;
    let left: ProviderIdentityList = admin.get(&path).await.expect(200).json();
    admin.delete(&format!("{path}/{}", left.items[0].id)).await.expect(204);
    let left: ProviderIdentityList = admin.get(&path).await.expect(200).json();
    assert!(left.items.is_empty());
    assert_problem!(bob.get(LINKED).await, 401, "invalid-token");
    let events =
        "SELECT COUNT(*) AS n FROM security_events WHERE event_type IN ('provider.linked', 'provider.unlinked')";
    assert_eq!(count(&orion, events, []).await, 4);

    orion.advance(Duration::from_secs(3600)).await;
    let later = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    orion.advance(Duration::from_secs(200)).await;
    later.post("/api/v1/auth/providers/shop/link", json!({})).await.expect(200);
    orion.advance(Duration::from_secs(170)).await;
    for stale in [
        later.post("/api/v1/auth/providers/shop/link", json!({})).await,
        later.delete(&format!("{LINKED}/{}", both[0].id)).await,
    ] {
        assert_problem!(stale, 401, "insufficient-user-authentication");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_links_identities_without_end() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    for (number, status) in (0..20).map(|number| (number, 200)).chain([(20, 409)]) {
        let about = json!({ "sub": format!("ada-{number}"), "email": "ada@example.com", "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        assert_eq!(link(&ada, &browser).await.status, status, "{number}");
        orion.advance(Duration::from_secs(10)).await;
    }
    assert_eq!(linked(&ada).await.items.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_sign_in_is_told_so_and_a_deleted_persons_identity_is_free_again() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let ada = sign_in(&orion, &Browser::new(&orion)).await;
    let admin = orion.administrator().await;
    let mut facts = super::facts(admin, orion_contracts::users::UserStatus::Suspended);
    (facts.user_id, facts.email) = (ada.user_id, "ada@example.com".parse().unwrap());
    put_account(&orion, &facts, 7).await;
    let page = visit(&Browser::new(&orion), START).await.expect(403);
    assert!(page.text.contains("This account cannot sign in"), "{}", page.text);
    for status in ["success", "failed"] {
        let tried =
            "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'provider' AND status = $1 AND user_id = $2";
        assert_eq!(count(&orion, tried, [status.into(), ada.user_id.0.into()]).await, 1, "{status}");
    }
    facts.status = orion_contracts::users::UserStatus::Deleted;
    put_account(&orion, &facts, 8).await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_tells_of_a_person_by_its_api_and_apple_by_a_post_from_its_own_page() {
    let provider = Provider::start().await;
    let at = provider.issuer();
    let github = format!(
        "kind = \"github\"\nauthorization_url = \"{at}/authorize\"\ntoken_url = \"{at}/token\"\nuserinfo_url = \"{at}/user\""
    );
    let orion = TestPlatform::builder().file(provider.section("github", &github)).start().await;
    let iss = Some("https://github.com".to_owned());
    let about = json!({ "id": 583_231, "name": "Ada", "email": "ada@example.com", "email_verified": true });
    provider.say(Says { about, iss: iss.clone(), ..Says::default() });
    visit(&Browser::new(&orion), "/auth/providers/github").await.expect(303);
    let subject =
        "SELECT COUNT(*) AS n FROM oauth_providers WHERE subject = '583231' AND issuer = 'https://github.com'";
    assert_eq!(count(&orion, subject, []).await, 1);
    let about = json!({ "id": 2, "name": "Bob", "email": "bob@example.com", "email_verified": false });
    provider.say(Says { about, iss, ..Says::default() });
    visit(&Browser::new(&orion), "/auth/providers/github").await.expect(409);

    let orion = platform(&provider).await;
    let about = json!({ "sub": "eve", "email": "eve@example.com", "email_verified": true });
    provider.say(Says { about, ..Says::default() });
    let browser = Browser::new(&orion);
    let back = back_from(&location(&browser.open(START).await.expect(303))).await;
    let (path, query) = back.split_once('?').unwrap();
    let user =
        url::form_urlencoded::byte_serialize(br#"{"name":{"firstName":"Eve","lastName":"Adams"}}"#).collect::<String>();
    // From another site: without cookies.
    let posted = Answer::of(
        orion
            .anonymous()
            .request("POST", path)
            .header("origin", "https://appleid.apple.com")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{query}&user={user}")),
    )
    .await
    .expect(303);
    let back = location(&posted);
    assert!(back.starts_with(path) && !back.contains("user="), "{back}");
    browser.open(&back).await.expect(303);
    orion.settle().await;
    let admin = orion.administrator().await;
    let found: Value = admin.get("/api/v1/users?search=eve").await.expect(200).json();
    assert_eq!(found["items"][0]["display_name"], "Eve Adams");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_on_this_host_is_asked_only_where_that_is_allowed() {
    let provider = Provider::start().await;
    let section = provider.section("shop", &format!("issuer = \"{}\"", provider.issuer()));
    let guarded = section.replace("allow_private = true", "allow_private = false");
    let orion = TestPlatform::builder().file(guarded).start().await;
    let page = Browser::new(&orion).open(START).await.expect(503);
    assert!(page.text.contains("does not answer") && !page.text.contains("127.0.0.1"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_over_with_the_session_and_the_password_that_asked_for_it() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let ada = orion.user("ada").await;
    let ask = async |user: &TestUser| {
        let link: ProviderLink = user.post("/api/v1/auth/providers/shop/link", json!({})).await.expect(200).json();
        let url = url::Url::parse(&link.url).unwrap();
        format!("{}?{}", url.path(), url.query().unwrap())
    };
    let follow = async |path: &str| {
        let browser = Browser::new(&orion);
        let page = browser.open(path).await.expect(200);
        let there = browser.send_marked(path, &mark_in(&page.text), &[]).await.expect(303);
        browser.open(&back_from(&location(&there)).await).await
    };
    // Whoever took it with a stolen session has nothing once that is ended.
    let thief = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let stolen = ask(&thief).await;
    ada.delete("/api/v1/auth/sessions?keep_current=true").await.expect(200);
    follow(&stolen).await.expect(410);
    let own = ask(&ada).await;
    orion.advance(Duration::from_secs(1)).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "quite another battery staple" });
    ada.post("/api/v1/auth/password", change).await.expect(204);
    follow(&own).await.expect(410);
    assert_eq!(linked(&ada).await.items.len(), 0);
    follow(&ask(&ada).await).await.expect(200);
    // And by itself, after ten minutes.
    let late = TestUser::sign_in(&orion.anonymous(), &ada.email, "quite another battery staple").await;
    let late = ask(&late).await;
    orion.advance(Duration::from_secs(600)).await;
    Browser::new(&orion).open(&late).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_whose_account_was_never_made_stands_in_nobodys_way() {
    let reserved = "SELECT COUNT(*) AS n FROM oauth_providers";
    for signs_in_first in [true, false] {
        let provider = Provider::start().await;
        let mut orion = platform(&provider).await;
        orion.stop_service(ServiceName::Users).await;
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, 503, "{}", page.text);
        assert_eq!(count(&orion, reserved, []).await, 1);
        orion.restart().await;
        let ada = orion.user("ada").await;
        if signs_in_first {
            visit(&Browser::new(&orion), START).await.expect(409);
            assert_eq!(count(&orion, reserved, []).await, 0);
        }
        link(&ada, &Browser::new(&orion)).await.expect(200);
        assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, ada.id);
    }
}
