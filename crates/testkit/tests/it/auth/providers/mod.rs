//! `/api/v1/auth/providers` and `/auth/providers/…`: signing in at a provider, which is a double that speaks OpenID Connect.

mod discovery;
mod identities;
mod linking;
mod refused;
mod sign_ins;
mod subjects;
mod userinfo;
mod waiting;

use super::pages::{Browser, mark_in};
use orion_contracts::auth::{ProviderIdentityList, ProviderLink, TokenResponse};
use orion_testkit::provider::Provider;
use orion_testkit::{Answer, Client, TestPlatform, TestUser};
use serde_json::json;

const LINKED: &str = "/api/v1/auth/providers/linked";
pub(crate) const START: &str = "/auth/providers/shop";
/// RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const RETURN: &str =
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
pub(super) async fn sign_in(orion: &TestPlatform, browser: &Browser) -> TokenResponse {
    let answer = visit(browser, &format!("{START}?{RETURN}")).await.expect(303);
    exchange(&orion.anonymous(), &location(&answer)).await
}

pub(crate) async fn exchange(client: &Client, to: &str) -> TokenResponse {
    let to = url::Url::parse(to).unwrap();
    assert_eq!((to.host_str(), to.path()), (Some("shop.example"), "/back"));
    let query: std::collections::BTreeMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "s1");
    let order = json!({ "code": query["code"], "code_verifier": VERIFIER });
    client.post("/api/v1/auth/login/code", order).await.expect(200).json()
}

pub(super) async fn linked(user: &Client) -> ProviderIdentityList {
    user.get(LINKED).await.expect(200).json()
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
