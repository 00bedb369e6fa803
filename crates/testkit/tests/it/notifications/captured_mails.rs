//! `/api/v1/notifications/captured-mails`

use orion_contracts::Page;
use orion_contracts::notifications::{CapturedMail, CapturedMailSummary};
use orion_testkit::{Backend, TestPlatform, assert_problem};

const CAPTURED: &str = "/api/v1/notifications/captured-mails";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captured_mails_are_shown_with_text_and_html() {
    let orion = TestPlatform::start().await;
    orion.user("bob").await;
    let administrator = orion.administrator().await;
    let page: Page<CapturedMailSummary> = administrator.get(CAPTURED).await.json();
    if orion.backend() != Backend::Embedded {
        assert!(page.items.is_empty(), "mails were sent, not kept");
        return;
    }
    let summary = page.items.iter().find(|mail| mail.to == "bob@example.com").expect("Bob's mail");
    let mail: CapturedMail = administrator.get(&format!("{CAPTURED}/{}", summary.id)).await.json();
    assert_eq!(mail.subject, "Welcome to ORION: confirm your e-mail address");
    assert!(mail.text.contains("verify-email?token="));
    let html = mail.html.expect("an HTML part");
    assert!(html.starts_with("<!doctype html>") && html.contains("verify-email?token&#x3D;"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_to_one_address_are_asked_for_by_it() {
    let orion = TestPlatform::start().await;
    let administrator = orion.administrator().await;
    let (_, _) = (orion.user("bob").await, orion.user("eve").await);
    let to = |address: &'static str| async move {
        let page: Page<CapturedMailSummary> =
            administrator.get(&format!("{CAPTURED}?to={address}")).await.expect(200).json();
        page.items.into_iter().map(|mail| mail.to).collect::<Vec<_>>()
    };
    assert!(to("nobody@example.com").await.is_empty());
    if orion.backend() == Backend::Embedded {
        assert_eq!(to("bob@example.com").await, ["bob@example.com"]);
        assert_eq!(to("BOB@Example.com").await, ["bob@example.com"]);
    }
    assert_problem!(administrator.get(&format!("{CAPTURED}?to=nobody")).await, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captured_mails_are_for_those_who_may_read_them() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    assert_problem!(bob.get(CAPTURED).await, 403, "permission-denied");
    assert_problem!(bob.get(&format!("{CAPTURED}/{}", bob.id)).await, 403, "permission-denied");
    let nothing = format!("{CAPTURED}/{}", bob.id);
    assert_problem!(orion.administrator().await.get(&nothing).await, 404, "not-found");
}
