//! Signing in by a real provider, npm's `oidc-provider`.

use super::pages::Browser;
use super::providers::{RETURN, VERIFIER};
use orion_contracts::auth::{FlowResponse, ProviderVisit, TokenResponse};
use orion_testkit::TestPlatform;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const SECRET: &str = "a secret of thirty-two characters";

/// The provider, as long as it is held, and its port.
async fn open() -> (Child, u16) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/oidc-provider");
    let mut server = Command::new("node")
        .args(["server.mjs", SECRET])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let port = lines.next_line().await.unwrap().expect("the provider says its port").parse().unwrap();
    // What it says later must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (server, port)
}

/// Signs in and agrees on the provider's own pages; where it sends the browser in the end.
async fn agree(page: &str) -> String {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let mut cookies = BTreeMap::new();
    let mut request = http.get(page);
    for _ in 0..12 {
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", pairs.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => cookies.remove(name),
                value => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let here = answer.url().clone();
        if let Some(location) = answer.headers().get("location") {
            let next = here.join(location.to_str().unwrap()).unwrap();
            if next.path() == "/auth/providers/acme/callback" {
                return next.into();
            }
            request = http.get(next);
            continue;
        }
        let html = answer.text().await.unwrap();
        let action = html.split_once("action=\"").expect("a form").1.split('"').next().unwrap();
        let body = match html.contains("name=\"login\"") {
            true => "prompt=login&login=grace&password=any",
            false => "prompt=consent",
        };
        let form = http.post(here.join(action).unwrap()).header("content-type", "application/x-www-form-urlencoded");
        request = form.body(body);
    }
    panic!("the provider never sends the browser back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs oidc-provider"]
async fn people_sign_in_by_a_real_provider() {
    let (_server, port) = open().await;
    let section = format!(
        "[auth]\nreturn_urls = \"https://shop.example/back\"\n[egress]\nallow_private = true\n[auth.providers.acme]\nissuer = \"http://127.0.0.1:{port}/\"\nclient_id = \"orion\"\n\
         client_secret = \"{SECRET}\"\n"
    );
    let orion = TestPlatform::builder().file(section).start().await;
    for _ in 0..2 {
        let browser = Browser::new(&orion);
        let to = browser.open("/auth/providers/acme").await.expect(303).header("location").unwrap();
        let back = url::Url::parse(&agree(&to).await).unwrap();
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        let done = browser.open(&path).await.expect(303);
        assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));
    }
    step_up(&orion).await;
    let known = super::count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers WHERE subject = 'grace'", []).await;
    assert_eq!(known, 1);
}

/// Signs in by it for a product, and proves there once more who they are.
async fn step_up(orion: &TestPlatform) {
    let (browser, anonymous) = (Browser::new(orion), orion.anonymous());
    let come_back = async |start: &str| {
        let to = browser.open(start).await.expect(303).header("location").unwrap();
        let back = url::Url::parse(&agree(&to).await).unwrap();
        let answer = browser.open(&format!("{}?{}", back.path(), back.query().unwrap())).await.expect(303);
        let to = url::Url::parse(&answer.header("location").unwrap()).unwrap();
        to.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned()
    };
    let code = come_back(&format!("/auth/providers/acme?{RETURN}")).await;
    let order = json!({ "code": code, "code_verifier": VERIFIER });
    let tokens: TokenResponse = anonymous.post("/api/v1/auth/login/code", order).await.expect(200).json();
    let user = anonymous.with_token(tokens.access_token.expose());
    let flow: FlowResponse = user.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202).json();
    let (at, token) = (format!("/api/v1/auth/flows/{}", flow.flow_id), flow.flow_token.unwrap());
    let order = json!({ "flow_token": token.expose(), "provider": "acme", "return_to": "https://shop.example/back" });
    let visit: ProviderVisit = user.post(&format!("{at}/provider-visit"), order).await.expect(200).json();
    let url = url::Url::parse(&visit.url).unwrap();
    let code = come_back(&format!("{}?{}", url.path(), url.query().unwrap())).await;
    let order = json!({ "flow_token": token.expose(), "code": code });
    user.post(&format!("{at}/provider"), order).await.expect(200);
}
