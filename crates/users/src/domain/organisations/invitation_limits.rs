//! How many invitations are sent. Whoever runs an organisation, and be it one of a few minutes, mails by them whom they like and makes users
//! who wait: what was sent is counted, and withdrawing one gives nothing back.

use crate::error::UsersError;
use crate::store::sent_organisation_invitations::{self as sent, Model, Sent};
use chrono::TimeDelta;
use orion_contracts::{Email, OrganisationId};
use orion_infra::Change;
use orion_infra::secrets::{Scope, Secrets};

/// Within what time they are counted.
const WINDOW: TimeDelta = TimeDelta::days(1);
/// How many an organisation sends in it,
const OF_ONE_ORGANISATION: u64 = 500;
/// how many of them to one mailbox, whatever tags its addresses have,
const TO_ONE_MAILBOX: u64 = 5;
/// and how many all organisations send to one: several more, so that none of them silences another by itself.
const TO_ONE_MAILBOX_OF_ALL: u64 = 20;

/// Notes one more of an organisation, which is locked. Refuses it where as many were sent as may be, and says when there is room again.
pub(super) async fn count(
    change: &Change,
    secrets: &Secrets,
    organisation: OrganisationId,
    email: &Email,
) -> Result<(), UsersError> {
    let (now, mailbox) = (change.now(), email.untagged());
    let macs = secrets.macs(Scope::AtRest, &["invited-mailbox"], mailbox.as_bytes());
    for (which, most) in [
        (Sent::By(organisation), OF_ONE_ORGANISATION),
        (Sent::ByTo(organisation, &macs), TO_ONE_MAILBOX),
        (Sent::To(&macs), TO_ONE_MAILBOX_OF_ALL),
    ] {
        let is_of_mailbox = !matches!(which, Sent::By(_));
        if let Some(oldest) = sent::nth_newest(change, which, now - WINDOW, most).await? {
            let seconds = (oldest + WINDOW - now).num_seconds().clamp(1, WINDOW.num_seconds()).unsigned_abs();
            return Err(UsersError::InvitedTooOften { is_of_mailbox, seconds });
        }
    }
    let Some(mailbox) = macs.into_iter().next() else { return Ok(()) };
    Ok(sent::insert(change, Model { id: change.id(), organisation_id: organisation.0, mailbox, sent_at: now }).await?)
}
