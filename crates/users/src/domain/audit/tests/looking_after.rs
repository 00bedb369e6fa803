//! The log is cut and verified.

use super::{Chain, YEAR};
use crate::domain::Users;
use crate::domain::audit::cut::{Cut, Stop};
use crate::domain::audit::verify::Break;
use crate::store::audit_log;
use chrono::Duration;

#[tokio::test]
async fn retention_cuts_the_beginning_and_the_rest_still_holds() {
    let chain = Chain::of(3).await;
    chain.advance(Duration::days(300));
    chain.grow(2).await;
    assert_eq!(chain.cut(YEAR).await, Cut::default());
    chain.advance(Duration::days(70));
    chain.grow(1).await;
    chain.advance(Duration::days(10));
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 3, stop: None });
    assert_eq!(chain.verify().await, []);
    let ends = chain.ends().await;
    assert_eq!((ends.cut_position, ends.cut_at.is_some()), (3, true));
    assert_eq!(chain.users.audit_verification().await.expect("known").entries, 3);
    chain.grow(1).await;
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn the_newest_link_stays_however_old_it_is() {
    let chain = Chain::of(3).await;
    chain.advance(Duration::days(30));
    assert_eq!(chain.cut(Duration::days(10)).await, Cut { removed: 2, stop: None });
    assert_eq!(chain.cut(Duration::days(10)).await, Cut::default());
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn dates_that_somebody_has_changed_cut_nothing() {
    let long_ago = "'2000-01-01T00:00:00+00:00'";
    for (rows, stop) in [
        ("appended_at = {} WHERE position = 5", None),
        ("occurred_at = {}, appended_at = {} WHERE position = 5", None),
        ("appended_at = {}", None),
        ("occurred_at = {}, appended_at = {} WHERE position < 5", Some(Stop::Broken(Break::Entry(1)))),
    ] {
        let chain = Chain::of(4).await;
        chain.advance(Duration::days(100));
        chain.grow(1).await;
        chain.advance(Duration::days(10));
        let sql = format!("UPDATE audit_log SET {}", rows.replace("{}", long_ago));
        chain.tamper(&sql).await;
        assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop }, "{rows}");
        chain.users.cut_audit().await.expect("looked");
        assert!(chain.users.verify_audit_when_due().await.expect("verified") > 0, "{rows}");
        assert_eq!(audit_log::bounds(chain.test.infra.db.read()).await.expect("rows"), (Some(1), Some(5)), "{rows}");
        let told = chain.users.audit_verification().await.expect("told");
        assert!(!told.holds && told.break_count > 0 && !told.breaks.is_empty(), "{rows}: {told:?}");
    }
}

#[tokio::test]
async fn a_clock_that_has_jumped_ahead_cuts_nothing_also_when_the_platform_is_used_meanwhile() {
    let chain = Chain::of(5).await;
    chain.advance(YEAR * 2);
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop: Some(Stop::Clock) });
    chain.grow(2).await;
    chain.advance(Duration::hours(1));
    chain.grow(1).await;
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop: Some(Stop::Clock) });
    assert_eq!(chain.ends().await.cut_position, 0);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_clock_that_is_ahead_by_less_than_entries_are_kept_cuts_little_until_it_is_lived_by() {
    let chain = Chain::of(2).await;
    for _ in 0..10 {
        chain.advance(Duration::days(10));
        chain.grow(1).await;
    }
    // A hundred days have passed, and the clock says four hundred.
    chain.advance(Duration::days(300));
    chain.grow(1).await;
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 0, stop: Some(Stop::Clock) });
    assert_eq!(
        chain.cut(Duration::days(125)).await,
        Cut { removed: 2, stop: None },
        "what is a month too young at most"
    );
    chain.advance(Duration::days(8));
    chain.grow(1).await;
    assert_eq!(chain.cut(YEAR).await, Cut { removed: 4, stop: None }, "nobody has said that it is wrong");
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn one_look_cuts_a_part_of_the_log_only() {
    let chain = Chain::of(1000).await;
    chain.grow(600).await;
    chain.advance(Duration::days(30));
    chain.grow(1).await;
    assert_eq!(chain.cut(Duration::days(10)).await.removed, 1000);
    assert_eq!(chain.cut(Duration::days(10)).await.removed, 600);
    assert_eq!(chain.verify().await, []);
}

#[tokio::test]
async fn a_verification_is_noted_and_the_note_cannot_be_made_without_the_key() {
    let chain = Chain::of(3).await;
    assert_eq!(chain.users.audit_verification().await.expect("told").verified_at, None);
    assert_eq!(chain.users.verify_audit_when_due().await.expect("verified"), 0);
    let told = chain.users.audit_verification().await.expect("told");
    assert!(told.holds && told.verified_at.is_some(), "{told:?}");
    assert_eq!(chain.ends().await.seal, chain.seal(&chain.ends().await));

    chain.tamper("UPDATE audit_log SET action = 'logout' WHERE position = 2").await;
    assert_eq!(chain.users.verify_audit_when_due().await.expect("not due"), 0);
    chain.advance(Duration::hours(25));
    let now = chain.test.infra.clock.now().to_rfc3339();
    chain.tamper(&format!("UPDATE audit_chain SET verified_at = '{now}'")).await;
    assert_eq!(chain.users.verify_audit_when_due().await.expect("verified"), 2, "the entry, and the note");
    assert!(!chain.users.audit_verification().await.expect("told").holds);
}

#[tokio::test]
async fn restarts_neither_repeat_the_verification_nor_put_it_off() {
    let chain = Chain::of(1).await;
    chain.users.verify_audit_when_due().await.expect("verified");
    let first = chain.ends().await.verified_at;
    for (hours, is_due) in [(23, false), (2, true)] {
        chain.advance(Duration::hours(hours));
        let restarted = Users::new(chain.test.infra.clone(), chain.users.config.clone());
        restarted.verify_audit_when_due().await.expect("looked");
        assert_eq!(chain.ends().await.verified_at > first, is_due, "after {hours} more hours");
    }
}
