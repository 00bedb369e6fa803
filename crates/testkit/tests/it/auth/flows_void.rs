//! What ends sign-ins under way: whatever they stood on is another by now, or gone.

use super::flows::{Flow, begin, later};
use super::pages::Browser;
use super::pages::sign_in::{self, code_for, exchange};
use super::passkeys::add;
use super::providers;
use super::two_factor::{CONFIRM, TOTP, enrol, now};
use super::{facts, tell};
use orion_contracts::ServiceName;
use orion_contracts::auth::{FlowStep, TotpEnrolment};
use orion_contracts::users::UserStatus;
use orion_testkit::provider::{Provider, Says};
use orion_testkit::{
    Authenticator, AuthenticatorKey, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually,
};
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";
const NEW: &str = "a wholly different passphrase";
const EMAIL: &str = "owner@example.com";

/// A platform on which everybody who is verified needs a second factor.
async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.second_factor_roles", "user").start().await
}

async fn app_of(flow: &Flow) -> Authenticator {
    let shown: TotpEnrolment = flow.step("totp-enrolment", json!({})).await.expect(200).json();
    Authenticator::with(shown.secret.expose())
}

/// Signs up, and confirms the address.
async fn verified(orion: &TestPlatform) {
    let client = orion.anonymous();
    client.post("/api/v1/auth/register", json!({ "email": EMAIL, "password": PASSWORD })).await.expect(201);
    let token = orion.mailbox.verification_token(EMAIL).await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_knew_the_old_password_goes_on_with_nothing_after_a_reset() {
    let orion = start().await;
    verified(&orion).await;
    // One waits to set a factor up, one for its codes to be kept, and both knew the password.
    let (waiting, kept) = (begin(&orion, EMAIL).await, begin(&orion, EMAIL).await);
    let app = app_of(&kept).await;
    kept.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(202);
    let client = orion.anonymous();
    client.post("/api/v1/auth/password/reset", json!({ "email": EMAIL })).await.expect(202);
    let newest = || async { orion.mailbox.reset_tokens(EMAIL).await.pop() };
    let token = eventually("the link", newest).await;
    let order = json!({ "token": token, "new_password": NEW });
    client.post("/api/v1/auth/password/reset/confirm", order).await.expect(204);
    assert_problem!(waiting.step("totp-enrolment", json!({})).await, 410, "flow-over");
    assert_problem!(waiting.step("passkey-enrolment-options", json!({})).await, 410, "flow-over");
    assert_problem!(kept.step("kept-backup-codes", json!({})).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_registered_an_address_that_is_not_theirs_goes_on_with_nothing_once_its_owner_has_confirmed() {
    let orion = start().await;
    let client = orion.anonymous();
    let foreign = "what the attacker chose";
    client.post("/api/v1/auth/register", json!({ "email": EMAIL, "password": foreign })).await.expect(201);
    orion.settle().await;
    let guest = TestUser::sign_in(&client, EMAIL, foreign).await;
    enrol(&orion, &guest).await;
    let answer = client.post(LOGIN, json!({ "email": EMAIL, "password": foreign })).await.expect(202);
    let parked = Flow::of(&client, &answer);
    assert_eq!(parked.told.next, FlowStep::SecondFactor);
    let token = orion.mailbox.verification_token(EMAIL).await;
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    client.post("/api/v1/auth/verify-email", order).await.expect(204);
    assert_problem!(parked.step("totp-enrolment", json!({})).await, 410, "flow-over");
    assert_eq!(begin(&orion, EMAIL).await.told.next, FlowStep::EnrolSecondFactor, "it is the owner's to set up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_and_a_factor_that_goes_end_what_was_begun_before() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    later(&orion).await;
    let before = begin(&orion, &ada.email).await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ada.post("/api/v1/auth/password", change).await.expect(204);
    let code = json!({ "code": app.code(now(&orion)), "trust_device": true });
    assert_problem!(before.step("totp", code).await, 410, "flow-over");
    assert_problem!(before.step("backup-code", json!({ "code": codes[0] })).await, 410, "flow-over");

    let eve = orion.user("eve").await;
    enrol(&orion, &eve).await;
    let mut key = AuthenticatorKey::new();
    add(&eve, &mut key).await;
    let before = begin(&orion, &eve.email).await;
    eve.delete(TOTP).await.expect(204);
    assert_problem!(before.step("passkey-options", json!({})).await, 410, "flow-over");
    let before = begin(&orion, &eve.email).await;
    let admin = orion.administrator().await;
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", eve.id);
    admin.post(&reset, json!({ "reason": "Lost the phone" })).await.expect(204);
    assert_problem!(before.step("passkey-options", json!({})).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_before_a_suspension_goes_on_with_nothing_after_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    later(&orion).await;
    let before = begin(&orion, &ada.email).await;
    tell(&orion, &facts(&ada, UserStatus::Suspended), 1000).await;
    tell(&orion, &facts(&ada, UserStatus::Active), 1001).await;
    let code = json!({ "code": app.code(now(&orion)) });
    assert_problem!(before.step("totp", code.clone()).await, 410, "flow-over");
    assert_problem!(before.step("backup-code", json!({ "code": codes[0] })).await, 410, "flow-over");
    begin(&orion, &ada.email).await.step("totp", code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_shown_is_of_the_sign_in_or_the_session_that_asked_for_it() {
    let orion = start().await;
    verified(&orion).await;
    // Whoever knows the password begins first, and confirms nothing; the owner has a key of their own.
    let (stranger, owner) = (begin(&orion, EMAIL).await, begin(&orion, EMAIL).await);
    let theirs = app_of(&stranger).await;
    let code = theirs.code(now(&orion));
    assert_problem!(owner.step("totp", json!({ "code": code })).await, 422, "validation");
    let own = app_of(&owner).await;
    assert_ne!(own.code(now(&orion)), theirs.code(now(&orion)));
    owner.step("totp", json!({ "code": own.code(now(&orion)) })).await.expect(202);
    owner.step("kept-backup-codes", json!({})).await.expect(200);
    // By now there is one, and it is not the stranger's.
    stranger.step("totp", json!({ "code": code })).await.expect(422);

    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let elsewhere = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let shown: TotpEnrolment = ada.post(TOTP, json!({})).await.expect(200).json();
    let code = json!({ "code": Authenticator::with(shown.secret.expose()).code(now(&orion)) });
    let refused = elsewhere.post(CONFIRM, code.clone()).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["code"]);
    ada.post(CONFIRM, code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_password_empties_no_bucket_of_codes_and_is_not_taken_where_nobody_asks_for_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    let thief = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let answer = thief.post(LOGIN, json!({ "email": ada.email, "password": PASSWORD })).await.expect(202);
        let flow = Flow::of(&thief, &answer);
        for _ in 0..3 {
            statuses.push(flow.step("totp", json!({ "code": "00000a" })).await.status);
        }
        assert_problem!(flow.step("password", json!({ "password": PASSWORD })).await, 409, "conflict");
    }
    assert!(statuses.contains(&429), "guesses are slowed down however often the password is given: {statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 5, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_nobody_has_exchanged_yet_is_void_with_the_sign_ins_under_way() {
    let orion = sign_in::start().await;
    let (ada, eve, bob) = (orion.user("ada").await, orion.user("eve").await, orion.user("bob").await);
    let admin = orion.administrator().await;
    let void = async |code: String, why: &str| {
        let refused = exchange(&orion, &code).await;
        assert_eq!(refused.status, 422, "{why}: {refused:?}");
    };
    let browser = Browser::new(&orion);
    let code = code_for(&browser, &ada.email).await;
    ada.delete("/api/v1/auth/sessions?keep_current=true").await.expect(200);
    void(code, "the other sessions ended").await;
    // Somebody who always holds one that is not exchanged has nothing by it, whatever clock says when it was made.
    let code = code_for(&browser, &ada.email).await;
    ada.post("/api/v1/auth/password", json!({ "current_password": PASSWORD, "new_password": NEW })).await.expect(204);
    void(code, "another password").await;

    let code = code_for(&browser, &eve.email).await;
    enrol(&orion, &eve).await;
    eve.delete(TOTP).await.expect(204);
    void(code, "a factor went").await;
    let code = code_for(&browser, &eve.email).await;
    enrol(&orion, &eve).await;
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", eve.id);
    admin.post(&reset, json!({ "reason": "Lost the phone" })).await.expect(204);
    void(code, "an administrator took the factors away").await;
    let code = code_for(&browser, &eve.email).await;
    let order = json!({ "reason": "A leak", "end_sessions": true });
    let ordered = admin.post(&format!("/api/v1/auth/admin/users/{}/password-reset", eve.id), order).await;
    assert!(ordered.status < 300, "{ordered:?}");
    void(code, "an administrator ordered another password, and ended the sessions").await;

    let code = code_for(&browser, &bob.email).await;
    admin.delete(&format!("/api/v1/auth/admin/users/{}/sessions", bob.id)).await.expect(200);
    void(code, "an administrator ended the sessions").await;
    let code = code_for(&browser, &bob.email).await;
    tell(&orion, &facts(&bob, UserStatus::Suspended), 998).await;
    tell(&orion, &facts(&bob, UserStatus::Active), 999).await;
    void(code, "suspended meanwhile").await;
    let code = code_for(&browser, &bob.email).await;
    let mut moved = facts(&bob, UserStatus::Active);
    moved.email = "robert@example.com".parse().unwrap();
    tell(&orion, &moved, 1000).await;
    void(code, "another address").await;
    // One that nothing came between is good.
    exchange(&orion, &code_for(&browser, "robert@example.com").await).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_an_identity_gave_is_void_once_that_is_unlinked() {
    let provider = Provider::start().await;
    let orion = providers::platform(&provider).await;
    let bob = orion.user("bob").await;
    let about = json!({ "sub": "bob-1", "email": "elsewhere@example.com", "email_verified": true });
    provider.say(Says { about, ..Says::default() });
    providers::link(&bob, &Browser::new(&orion)).await.expect(200);
    let start = format!("{}?{}", providers::START, providers::RETURN);
    let back = providers::location(&providers::visit(&Browser::new(&orion), &start).await.expect(303));
    let back = url::Url::parse(&back).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let id = providers::linked(&bob).await.items[0].id;
    bob.delete(&format!("/api/v1/auth/providers/linked/{id}")).await.expect(204);
    assert_problem!(exchange(&orion, &code).await, 422, "validation");
}
