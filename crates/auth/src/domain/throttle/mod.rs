//! How sign-ins are slowed down after failures, without giving anybody the power to lock somebody else out.
//!
//! Failures of an address typed in, whether or not it has an account, are counted by where they come from, in a bucket for
//! each device that its owner has signed in from ([`super::devices`]); for each place (client address, or the /64 of an
//! IPv6 one) from which the account has signed in within 90 days, or where a session of it was used last that is not over
//! for more than 30; and for each
//! network (/24, or /48) where nobody is known. Once a bucket has seen `login_failures_before_delay` failures in a row, each
//! further try there has to wait: a second, then twice as long each time, up to 15 minutes; from the hundredth failure on, a
//! day. A success, or a day of quiet, empties the bucket.
//!
//! Failures in networks where nobody is known are counted together as well. From the hundredth on a try there waits 15
//! minutes after the first failure already. So an attacker has a hundred guesses a day, and one more for each network; and
//! the owner signs in wherever the attacker is not, and with a device that is known, everywhere.
//!
//! What costs something or brings a mail, whether or not it fails (registrations, links for a new password), is limited by how
//! often it is done ([`limits`]). Both stand in rows, under a [`Key`]; what a minute is long enough for is counted in the cache ([`moments`]).

mod admit;
mod buckets;
mod delays;
mod failures;
mod key;
mod limits;
mod moments;

pub(super) use buckets::{Bucket, Known};
pub(super) use key::{AddressLimit, Failing, Guarded, Key, OfAccount, PlaceLimit};
pub(super) use limits::{Counted, Limit};
pub(super) use moments::Moment;

use chrono::TimeDelta;

/// How far the clocks of two processes may be apart.
const ASTRAY: TimeDelta = TimeDelta::minutes(5);

fn seconds(wait: TimeDelta) -> u64 {
    u64::try_from(wait.num_seconds()).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_to_come_when_the_block_is_over() {
        assert_eq!(seconds(TimeDelta::milliseconds(1)), 1);
        assert_eq!(seconds(TimeDelta::seconds(900)), 901);
    }
}
