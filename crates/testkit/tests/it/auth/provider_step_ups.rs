//! Proving once more who one is at a provider (`/api/v1/auth/flows/{id}/provider`), which is a double that misbehaves when it is told to.

use super::count;
use super::flows::claims;
use super::pages::Browser;
use super::providers::{link, location, platform, sign_in, visit};
use super::two_factor::{enrol, now};
use futures_util::future::join_all;
use orion_contracts::ServiceName;
use orion_contracts::auth::{FlowMethod, FlowResponse, FlowStep, ProviderIdentityList, ProviderVisit, TokenResponse};
use orion_infra::db::dialect::statement;
use orion_testkit::provider::{Anew, Provider, Says};
use orion_testkit::{Answer, Client, TestPlatform, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const FLOWS: &str = "/api/v1/auth/flows";
const RETURN_TO: &str = "https://shop.example/back";
/// What needs a sign-in of the last five minutes.
const FRESH: &str = "/api/v1/auth/passkeys/options";

/// Lets five minutes pass, and more.
async fn wait(orion: &TestPlatform, provider: &Provider) {
    orion.advance(Duration::from_secs(600)).await;
    provider.advance(Duration::from_secs(600));
}

async fn begin(user: &Client) -> FlowResponse {
    user.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202).json()
}

fn order(flow: &FlowResponse) -> Value {
    let token = flow.flow_token.as_ref().expect("a first answer").expose();
    json!({ "flow_token": token, "provider": "shop", "return_to": RETURN_TO, "state": "s9" })
}

/// The path at which a browser begins the visit.
async fn asked(user: &Client, flow: &FlowResponse) -> String {
    let visit = user.post(&format!("{FLOWS}/{}/provider-visit", flow.flow_id), order(flow)).await.expect(200);
    let url = url::Url::parse(&visit.json::<ProviderVisit>().url).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// The code that a browser comes back to the product with.
async fn code(user: &Client, flow: &FlowResponse, browser: &Browser) -> String {
    let back = visit(browser, &asked(user, flow).await).await.expect(303);
    let to = url::Url::parse(&location(&back)).unwrap();
    assert_eq!((to.host_str(), to.path()), (Some("shop.example"), "/back"));
    let query: std::collections::BTreeMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "s9");
    query["code"].clone()
}

async fn prove(user: &Client, flow: &FlowResponse, code: &str) -> Answer {
    let token = flow.flow_token.as_ref().unwrap().expose();
    user.post(&format!("{FLOWS}/{}/provider", flow.flow_id), json!({ "flow_token": token, "code": code })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_at_a_provider_alone_steps_up_there() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let browser = Browser::new(&orion);
    let tokens = sign_in(&orion, &browser).await;
    let before = claims(tokens.access_token.expose());
    let user = orion.anonymous().with_token(tokens.access_token.expose());
    wait(&orion, &provider).await;
    assert_problem!(user.post(FRESH, json!({})).await, 401, "insufficient-user-authentication");

    let flow = begin(&user).await;
    assert_eq!((flow.next, flow.methods.as_slice()), (FlowStep::FirstFactor, &[FlowMethod::Provider][..]));
    assert_eq!(json!(flow.providers), json!([{ "name": "shop", "label": "The Shop" }]));
    let there = location(&browser.open(&asked(&user, &flow).await).await.expect(303));
    assert!(there.contains("&max_age=0&prompt=login"), "{there}");
    let code = code(&user, &flow, &browser).await;
    let tokens: TokenResponse = prove(&user, &flow, &code).await.expect(200).json();
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"], &said["sid"]), (&json!("aal1"), &json!(["fed"]), &before["sid"]));
    assert!(said["auth_time"].as_i64() >= before["auth_time"].as_i64().map(|at| at + 600), "{said}, {before}");
    let user = user.with_token(tokens.access_token.expose());
    user.post(FRESH, json!({})).await.expect(200);
    assert_problem!(prove(&user, &flow, &code).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_asks_nobody_anew_proves_nothing() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let browser = Browser::new(&orion);
    let tokens = sign_in(&orion, &browser).await;
    let user = orion.anonymous().with_token(tokens.access_token.expose());
    wait(&orion, &provider).await;
    let flow = begin(&user).await;
    for anew in [Anew::IgnoresMaxAge, Anew::StaysSignedIn, Anew::Tomorrow] {
        provider.say(Says { anew, ..Says::default() });
        let page = visit(&browser, &asked(&user, &flow).await).await;
        assert_eq!(page.status, 409, "{anew:?}: {}", page.text);
        assert!(page.text.contains("The Shop cannot show that it is you"), "{anew:?}: {}", page.text);
        let back = "https://shop.example/back?error=access_denied&#38;state=s9";
        assert!(page.text.contains(back), "{anew:?}: {}", page.text);
        // What signs in need not be new.
        sign_in(&orion, &Browser::new(&orion)).await;
    }
    provider.say(Says { refuses: true, ..Says::default() });
    let page = visit(&browser, &asked(&user, &flow).await).await.expect(400);
    assert!(page.text.contains("error=access_denied"), "{}", page.text);
    // It goes on for who is asked anew after all.
    provider.say(Says::default());
    let code = code(&user, &flow, &browser).await;
    prove(&user, &flow, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_identity_that_is_linked_to_the_account_is_taken() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let ada = sign_in(&orion, &Browser::new(&orion)).await;
    let user = orion.anonymous().with_token(ada.access_token.expose());
    let eve = json!({ "sub": "eve", "email": "eve@example.com", "email_verified": true });
    let bob = json!({ "sub": "bob", "email": "bob@example.com", "email_verified": true });
    provider.say(Says { about: bob.clone(), ..Says::default() });
    sign_in(&orion, &Browser::new(&orion)).await;
    let flow = begin(&user).await;
    // One that is nobody's, and one that is linked to somebody else.
    for about in [eve, bob] {
        provider.say(Says { about, ..Says::default() });
        let page = visit(&Browser::new(&orion), &asked(&user, &flow).await).await.expect(409);
        assert!(page.text.contains("Another identity"), "{}", page.text);
    }
    orion.settle().await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 2, "nobody was registered by it");
    let refused = "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'provider' AND status = 'failed'";
    assert_eq!(count(&orion, refused, []).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_for_its_flow_once_for_a_minute_and_while_the_identity_is_linked() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    link(&ada, &browser).await.expect(200);
    let (one, other) = (begin(&ada).await, begin(&ada).await);
    assert_eq!(one.methods, [FlowMethod::Password, FlowMethod::Provider]);
    let proven = code(&ada, &one, &browser).await;
    for (flow, given) in [(&other, proven.as_str()), (&one, "made up")] {
        let wrong = prove(&ada, flow, given).await;
        assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["code"]);
    }
    orion.advance(Duration::from_secs(61)).await;
    provider.advance(Duration::from_secs(61));
    assert_problem!(prove(&ada, &one, &proven).await, 422, "validation");
    let proven = code(&ada, &one, &browser).await;
    let all = join_all((0..8).map(|_| prove(&ada, &one, &proven))).await;
    let statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    let ada = ada.with_token(
        all.iter().find(|answer| answer.status == 200).unwrap().json::<TokenResponse>().access_token.expose(),
    );

    let proven = code(&ada, &other, &browser).await;
    let held: ProviderIdentityList = ada.get("/api/v1/auth/providers/linked").await.expect(200).json();
    ada.delete(&format!("/api/v1/auth/providers/linked/{}", held.items[0].id)).await.expect(204);
    let gone = prove(&ada, &other, &proven).await;
    assert!([409, 410].contains(&gone.status), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_proves_nothing_once_its_identity_is_somebody_elses() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, bob, browser) = (orion.user("ada").await, orion.user("bob").await, Browser::new(&orion));
    link(&ada, &browser).await.expect(200);
    let flow = begin(&ada).await;
    let proven = code(&ada, &flow, &browser).await;
    // Taking it away would end the flow as well. Here the flow is as it was.
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let pass_on = statement(txn.connection(), "UPDATE oauth_providers SET user_id = $1", [bob.id.0.into()]);
    txn.connection().execute_raw(pass_on).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(assert_problem!(prove(&ada, &flow, &proven).await, 422, "validation").problem_fields(), ["code"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_sent_only_to_a_provider_of_the_flow_and_back_to_a_registered_address() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    link(&ada, &Browser::new(&orion)).await.expect(200);
    let flow = begin(&ada).await;
    let at = format!("{FLOWS}/{}/provider-visit", flow.flow_id);
    for (field, value) in [
        ("return_to", "https://evil.example/back"),
        ("return_to", "https://shop.example/back/"),
        ("return_to", ""),
        ("provider", "github"),
        ("provider", ""),
    ] {
        let mut order = order(&flow);
        order[field] = json!(value);
        assert_eq!(assert_problem!(ada.post(&at, order).await, 422, "validation").problem_fields(), [field], "{value}");
    }
    let mut another = order(&flow);
    another["flow_token"] = json!("another");
    assert_problem!(ada.post(&at, another).await, 410, "flow-over");
    // Who has linked nothing is not sent anywhere.
    let theirs = begin(&bob).await;
    assert_eq!((theirs.methods.as_slice(), theirs.providers.len()), (&[FlowMethod::Password][..], 0));
    let at = format!("{FLOWS}/{}/provider-visit", theirs.flow_id);
    assert_eq!(assert_problem!(bob.post(&at, order(&theirs)).await, 422, "validation").problem_fields(), ["provider"]);
    // An address that was changed, or is too old, leads nowhere.
    let begun = asked(&ada, &flow).await;
    let browser = Browser::new(&orion);
    browser.open(&format!("{begun}x")).await.expect(410);
    browser.open(&begun.replace("/shop/", "/other/")).await.expect(410);
    orion.advance(Duration::from_secs(601)).await;
    browser.open(&begun).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_after_the_provider() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    link(&ada, &browser).await.expect(200);
    let (app, _) = enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    provider.advance(Duration::from_secs(90));
    let flow = begin(&ada).await;
    let proven = code(&ada, &flow, &browser).await;
    let needs: FlowResponse = prove(&ada, &flow, &proven).await.expect(202).json();
    assert_eq!((needs.next, needs.providers.len()), (FlowStep::SecondFactor, 0));
    assert_problem!(prove(&ada, &flow, &proven).await, 409, "conflict");
    let token = flow.flow_token.as_ref().unwrap().expose();
    let code = json!({ "flow_token": token, "code": app.code(now(&orion)) });
    let done: TokenResponse = ada.post(&format!("{FLOWS}/{}/totp", flow.flow_id), code).await.expect(200).json();
    let said = claims(done.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal2"), &json!(["fed", "otp", "mfa"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_provider_can_tell_of_a_sign_in_anew_another_proof_is_asked_for() {
    let provider = Provider::start().await;
    let at = provider.issuer();
    let github = format!(
        "kind = \"github\"\nauthorization_url = \"{at}/authorize\"\ntoken_url = \"{at}/token\"\nuserinfo_url = \"{at}/user\""
    );
    let returns = "[auth]\nreturn_urls = \"https://shop.example/back\"\naccess_token_seconds = 3600\n";
    let orion = TestPlatform::builder().file(format!("{returns}{}", provider.section("shop", &github))).start().await;
    let about = json!({ "id": 583_231, "name": "Ada", "email": "ada@example.com", "email_verified": true });
    provider.say(Says { about, iss: Some("https://github.com".to_owned()), ..Says::default() });
    let tokens = sign_in(&orion, &Browser::new(&orion)).await;
    let user = orion.anonymous().with_token(tokens.access_token.expose());
    let refused = user.post(FLOWS, json!({ "purpose": "step_up" })).await;
    assert!(assert_problem!(refused, 409, "conflict").text.contains("Set a password by a link"), "says what to do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_sign_in_may_have_a_fraction_and_a_text_is_none() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let browser = Browser::new(&orion);
    let tokens = sign_in(&orion, &browser).await;
    let user = orion.anonymous().with_token(tokens.access_token.expose());
    wait(&orion, &provider).await;
    let flow = begin(&user).await;
    let at = now(&orion).timestamp();
    for none in [json!(at.to_string()), json!([at]), json!(null), json!(at as f64 - 600.5), json!(1e300)] {
        provider.say(Says { claims: json!({ "auth_time": none }), ..Says::default() });
        let page = visit(&browser, &asked(&user, &flow).await).await;
        assert_eq!(page.status, 409, "{none}: {}", page.text);
    }
    provider.say(Says { claims: json!({ "auth_time": at as f64 + 0.9 }), ..Says::default() });
    let code = code(&user, &flow, &browser).await;
    prove(&user, &flow, &code).await.expect(200);
}
