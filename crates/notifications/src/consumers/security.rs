//! Telling the owner of an account what was noticed about its security.

use crate::domain::security_words::{Phrase, Words};
use crate::domain::{Addressee, Notifications, Order, greeting_name};
use crate::error::NotificationsError;
use chrono::TimeDelta;
use orion_contracts::auth::{SecurityEventKind, Severity};
use orion_contracts::events::{Event, ImpersonationNoted, SecurityNoted};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;

/// What all of it is told by.
const TEMPLATE: &str = "security_event";
/// How a mail says when something is.
const TIME: &str = "%Y-%m-%d %H:%M UTC";
/// How many mails of one kind a person gets in a day when strangers can cause them,
const FEW: u64 = 2;
/// and when it takes the password, a token or a link. Each kind is counted by itself: by many of one nobody hides another.
const MANY: u64 = 10;
/// How long one mail stands for what matters little: a browser that forgets its cookies is a new device every day.
const ONCE_IN: TimeDelta = TimeDelta::days(30);

/// Who acts as the owner, as a mail names them: by the address, for a name can be anybody's.
fn name_of(noted: &ImpersonationNoted) -> String {
    let Some(email) = &noted.email else { return noted.actor_id.to_string() };
    match greeting_name(noted.display_name.as_deref()) {
        Some(name) => format!("{name} ({email})"),
        None => email.to_string(),
    }
}

/// Sends the mail, where somebody is to be told.
pub(super) async fn warn(
    notifications: &Notifications,
    change: &mut Change,
    event: &Event,
    told: SecurityNoted,
) -> Result<(), NotificationsError> {
    let (Some(user_id), Some(warned)) = (told.user_id, told.warned) else { return Ok(()) };
    let words = Words::of(&told.kind);
    // The words within a mail are in the language of what stands around them.
    let locale = notifications.template_locale(change, TEMPLATE, Channel::Email, &warned.locale).await?;
    let Phrase { headline, what } = words.in_language(&locale);
    let by_strangers = told.kind.parse().is_ok_and(SecurityEventKind::is_by_strangers);
    let at_most = match told.severity {
        Severity::Low => (1, ONCE_IN),
        _ if by_strangers => (FEW, TimeDelta::days(1)),
        _ => (MANY, TimeDelta::days(1)),
    };
    let order = Order {
        kind: &words.kind,
        template: TEMPLATE,
        channel: Channel::Email,
        priority: if told.severity == Severity::High { Priority::High } else { Priority::Normal },
        at_most: Some(at_most),
    };
    let addressee = Addressee::new(user_id, warned.email, warned.locale)
        .named(warned.display_name.as_deref())
        .with("kind", told.kind)
        .with("headline", headline.as_str())
        .with("what", what.as_str())
        .with("time", event.occurred_at.format(TIME).to_string());
    let impersonation = told.impersonation;
    let more = [
        ("device", told.device),
        // Another password is no answer to who acts without one.
        ("reset_page", told.reset_page.filter(|_| impersonation.is_none())),
        ("actor", impersonation.as_ref().map(name_of)),
        ("until", impersonation.as_ref().map(|noted| noted.until.format(TIME).to_string())),
        ("reason", impersonation.map(|noted| noted.reason)),
    ];
    let addressee = more.into_iter().fold(addressee, |addressee, (name, value)| match value {
        Some(value) => addressee.with(name, value),
        None => addressee,
    });
    notifications.accept(change, event.id, order, addressee).await
}
