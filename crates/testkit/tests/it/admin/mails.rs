//! `/console/mails/{id}/preview`

use super::Browser;
use orion_contracts::Page;
use orion_contracts::notifications::CapturedMailSummary;
use orion_testkit::{TestPlatform, assert_problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the embedded mix: there mails are captured"]
async fn a_captured_mail_is_a_page_that_can_do_nothing() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let page: Page<CapturedMailSummary> = browser.get("/api/v1/notifications/captured-mails").await.json();
    let mail = page.items.into_iter().find(|mail| mail.to == bob.email).expect("bob's mail");
    let path = format!("/console/mails/{}/preview", mail.id);
    let page = browser.get(&path).await.expect(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    // Its links open tabs; it has no scripts, no forms, and no way to the page around it.
    assert!(policy.contains("; sandbox allow-popups allow-popups-to-escape-sandbox;"), "{policy}");
    assert_eq!(page.header("x-frame-options").as_deref(), Some("SAMEORIGIN"));
    assert_eq!(page.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
    assert!(page.text.contains("<html"), "{}", page.text);
    assert!(page.text.contains("<base target=\"_blank\">"), "{}", page.text);

    assert_problem!(Browser::new(&orion).get(&path).await, 401, "no-console-session");
    let absent = "/console/mails/01890000-0000-7000-8000-000000000000/preview";
    assert_problem!(browser.get(absent).await, 404, "not-found");
    assert_problem!(browser.get("/console/mails/forged/preview").await, 400, "bad-request");
}
