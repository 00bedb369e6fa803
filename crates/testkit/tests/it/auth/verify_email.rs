//! `/api/v1/auth/verify-email`, for programs and for people.

use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem};
use serde_json::json;

const PATH: &str = "/api/v1/auth/verify-email";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_confirms_by_its_button_and_not_by_being_opened() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;

    let page = client.get(&format!("{PATH}?token={token}")).await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert!(page.text.contains("<button") && !page.text.contains("<script"), "{}", page.text);
    let roles = || async {
        let login = json!({ "email": guest.email, "password": PASSWORD });
        client.post("/api/v1/auth/login", login).await.value()["roles"].clone()
    };
    assert_eq!(roles().await, json!(["guest"]), "opening the link changes nothing");

    let confirm = |token: String| {
        let request = client.request("POST", &format!("{PATH}/confirm"));
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", &token).finish();
        Answer::of(request.header("content-type", "application/x-www-form-urlencoded").body(form))
    };
    let done = confirm(token.clone()).await.expect(200);
    assert!(done.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(roles().await, json!(["user"]));
    confirm(token).await.expect(422);
    confirm("nonsense".to_owned()).await.expect(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_and_expired_tokens_are_refused() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("tom").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    let verify = |token: String| client.post(PATH, json!({ "token": token }));
    let refused = assert_problem!(verify("nonsense".to_owned()).await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["token"]);
    orion.advance(std::time::Duration::from_secs(40 * 86_400)).await;
    assert_problem!(verify(token).await, 422, "validation");
}
