//! `/api/v1/templates`

use orion_contracts::Page;
use orion_contracts::notifications::TemplateInfo;
use orion_testkit::{TestPlatform, assert_problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_are_listed_in_pages_and_in_order() {
    let orion = TestPlatform::start().await;
    let administrator = orion.administrator().await;
    let whole: Page<TemplateInfo> = administrator.get("/api/v1/templates").await.json();
    let name = |template: &TemplateInfo| format!("{} {} {}", template.name, template.channel.as_str(), template.locale);
    let names: Vec<String> = whole.items.iter().map(name).collect();
    assert_eq!(
        names,
        [
            "already_registered email de",
            "already_registered email en",
            "already_registered email es",
            "email_change_barred email de",
            "email_change_barred email en",
            "email_change_barred email es",
            "email_change_current email de",
            "email_change_current email en",
            "email_change_current email es",
            "email_change_new email de",
            "email_change_new email en",
            "email_change_new email es",
            "email_changed email de",
            "email_changed email en",
            "email_changed email es",
            "invitation email de",
            "invitation email en",
            "invitation email es",
            "organisation_invitation email de",
            "organisation_invitation email en",
            "organisation_invitation email es",
            "password_ordered email de",
            "password_ordered email en",
            "password_ordered email es",
            "password_reset email de",
            "password_reset email en",
            "password_reset email es",
            "security_event email de",
            "security_event email en",
            "security_event email es",
            "welcome email de",
            "welcome email en",
            "welcome email es",
            "welcome in_app de",
            "welcome in_app en",
            "welcome in_app es",
        ]
    );
    assert!(whole.items.iter().all(|template| template.is_published && template.version >= 1));

    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page<TemplateInfo> = administrator.get(&format!("/api/v1/templates?limit=4{cursor}")).await.json();
        walked.extend(page.items.iter().map(name));
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(walked, names);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_are_for_those_who_may_read_them() {
    let orion = TestPlatform::start().await;
    assert_problem!(orion.user("bob").await.get("/api/v1/templates").await, 403, "permission-denied");
}
