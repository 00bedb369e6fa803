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
/// How far clocks are apart. What was sent by one that was further ahead holds nobody up once it is right.
const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Notes one more of an organisation, which is locked. Refuses it where as many were sent as may be, and says when there is room again. Who
/// runs the platform is kept from a mailbox alone: what somebody inside has used up stops nobody else's work.
pub(super) async fn count(
    change: &Change,
    secrets: &Secrets,
    (organisation, is_platforms): (OrganisationId, bool),
    email: &Email,
) -> Result<(), UsersError> {
    let (now, mailbox) = (change.now(), email.untagged());
    let macs = secrets.macs(Scope::AtRest, &["invited-mailbox"], mailbox.as_bytes());
    let within = (now - WINDOW, now + AHEAD);
    let mut limits = vec![(Sent::ByTo(organisation, &macs), TO_ONE_MAILBOX)];
    if !is_platforms {
        limits.push((Sent::By(organisation), OF_ONE_ORGANISATION));
        // What others have sent keeps no organisation from sending its first.
        if sent::nth_newest(change, Sent::ByTo(organisation, &macs), within, 1).await?.is_some() {
            limits.push((Sent::To(&macs), TO_ONE_MAILBOX_OF_ALL));
        }
    }
    for (which, most) in limits {
        let is_of_mailbox = !matches!(which, Sent::By(_));
        if let Some(oldest) = sent::nth_newest(change, which, within, most).await? {
            let seconds = (oldest + WINDOW - now).num_seconds().clamp(1, WINDOW.num_seconds()).unsigned_abs();
            return Err(UsersError::InvitedTooOften { is_of_mailbox, seconds });
        }
    }
    let Some(mailbox) = macs.into_iter().next() else { return Ok(()) };
    Ok(sent::insert(change, Model { id: change.id(), organisation_id: organisation.0, mailbox, sent_at: now }).await?)
}
