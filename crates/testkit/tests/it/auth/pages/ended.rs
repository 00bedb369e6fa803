//! `/auth/flow` after its last step: a form that is sent twice, as by a double click where no script keeps it from being.

use super::flow::{FROM_SHOP, SHOP, begin};
use super::sign_in::{code_in, exchange};
use super::{Browser, mark_in};
use crate::auth::count;
use crate::auth::two_factor::{enrol, now};
use orion_testkit::{Answer, TestPlatform};
use std::time::Duration;

const PATH: &str = "/auth/flow";
const CODES: &str = "SELECT COUNT(*) AS n FROM sign_in_codes";

async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.return_urls", SHOP).start().await
}

/// Somebody whose sign-in needs one more step: a browser, the mark of the form of its last step, and the code that it takes.
async fn before_the_last_step(orion: &TestPlatform, query: &str) -> (Browser, String, String) {
    let ada = orion.user("ada").await;
    let (app, _) = enrol(orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    let browser = Browser::new(orion);
    let next = begin(&browser, &ada.email, query).await;
    let mark = mark_in(&browser.open(&next).await.expect(200).text);
    (browser, mark, app.code(now(orion)))
}

fn by(code: &str) -> [(&str, &str); 2] {
    [("step", "totp"), ("code", code)]
}

/// That the sign-in is done, with a way on and no code.
fn assert_done(page: &Answer) {
    assert_eq!((page.status, page.header("location")), (200, None), "{page:?}");
    assert!(page.text.contains("Your sign-in works"), "{}", page.text);
    assert!(page.text.contains("href=\"https://shop.example\""), "{}", page.text);
    assert!(!page.text.contains("code="), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_on_the_last_step_leads_where_the_first_did_and_uses_nothing_up() {
    let orion = start().await;
    let (browser, mark, code) = before_the_last_step(&orion, FROM_SHOP).await;
    let wrong = "SELECT COUNT(*) AS n FROM login_attempts WHERE status = 'failed'";
    // The browser drops the answer to the first, and whatever it wanted to be kept.
    let first = Answer::of(browser.post(PATH, &mark, &by(&code))).await;
    let second = browser.send_marked(PATH, &mark, &by(&code)).await;
    assert_eq!(code_in(&first), code_in(&second));
    assert!(second.header("location").unwrap().ends_with("&state=here"), "{second:?}");
    assert!(browser.cookie("orion_device_3000").is_some_and(|token| !token.is_empty()), "the device is known");
    assert_eq!((count(&orion, wrong, []).await, count(&orion, CODES, []).await), (0, 1));
    exchange(&orion, &code_in(&second)).await.expect(200);
    exchange(&orion, &code_in(&first)).await.expect(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_clicks_at_once_all_lead_to_one_code() {
    let orion = start().await;
    let (browser, mark, code) = before_the_last_step(&orion, FROM_SHOP).await;
    let clicks = (0..4).map(|_| Answer::of(browser.post(PATH, &mark, &by(&code))));
    let answers = futures_util::future::join_all(clicks).await;
    let made: std::collections::BTreeSet<_> = answers.iter().map(code_in).collect();
    assert_eq!((made.len(), count(&orion, CODES, []).await), (1, 1), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_the_browser_has_taken_or_that_was_exchanged_is_not_led_on_with_again() {
    let orion = start().await;
    let (browser, mark, code) = before_the_last_step(&orion, FROM_SHOP).await;
    // As the browser was before it took the answer.
    let before = browser.post(PATH, &mark, &by(&code));
    let late = browser.post(PATH, &mark, &by(&code));
    let taken = browser.send_marked(PATH, &mark, &by(&code)).await;
    assert_done(&browser.send_marked(PATH, &mark, &by(&code)).await);
    assert_done(&browser.open(PATH).await);
    assert_done(&browser.open(&format!("{PATH}?{FROM_SHOP}")).await);
    exchange(&orion, &code_in(&taken)).await.expect(200);
    assert_done(&Answer::of(before).await);
    exchange(&orion, &code_in(&taken)).await.expect(422);
    orion.advance(Duration::from_secs(601)).await;
    let over = Answer::of(late).await.expect(410);
    assert!(over.text.contains("This sign-in is over"), "{}", over.text);
    browser.open(PATH).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_led_on_late_by_looking_elsewhere_or_in_another_browser() {
    let orion = start().await;
    let (browser, mark, code) = before_the_last_step(&orion, FROM_SHOP).await;
    Answer::of(browser.post(PATH, &mark, &by(&code))).await.expect(303);
    assert_done(&Answer::of(browser.request("GET", PATH)).await);
    let elsewhere = format!("{PATH}?{}", FROM_SHOP.replace("state=here", "state=there"));
    Answer::of(browser.post(&elsewhere, &mark, &by(&code))).await.expect(410);
    let other = Browser::new(&orion);
    let mark_of_other = mark_in(&other.open("/auth/sign-in").await.text);
    other.send_marked(PATH, &mark_of_other, &by(&code)).await.expect(410);
    orion.advance(Duration::from_secs(61)).await;
    assert_done(&Answer::of(browser.post(PATH, &mark, &by(&code))).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_product_waits_every_click_is_told_that_the_sign_in_works() {
    let orion = start().await;
    let (browser, mark, code) = before_the_last_step(&orion, "").await;
    let first = Answer::of(browser.post(PATH, &mark, &by(&code))).await;
    let answers =
        [first, browser.send_marked(PATH, &mark, &by(&code)).await, browser.send_marked(PATH, &mark, &by(&code)).await];
    for answer in &answers {
        assert_eq!((answer.status, answer.header("location").as_deref()), (303, Some("/auth/signed-in")), "{answer:?}");
    }
    let page = browser.open(PATH).await.expect(200);
    assert!(page.text.contains("Your sign-in works"), "{}", page.text);
}
