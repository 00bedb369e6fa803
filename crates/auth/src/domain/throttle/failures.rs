//! Counts what failed, and forgets it.

use super::delays::{MANY, QUIET, delay, is_pressed};
use super::{Bucket, Key};
use crate::domain::Auth;
use crate::store::rate_limits;
use chrono::{DateTime, Utc};
use orion_infra::{Change, DbError};

impl Auth {
    /// Counts a failure; whether the bucket, or all networks together, have just begun to delay.
    pub(in crate::domain) async fn count_failure(&self, change: &Change, bucket: &Bucket) -> Result<bool, DbError> {
        let now = change.now();
        let threshold = self.config.get().login_failures_before_delay;
        let elsewhere = match &bucket.elsewhere {
            Some(key) => rate_limits::count(change, first_failure(bucket, key, now)).await?,
            None => 0,
        };
        let pressed = is_pressed(elsewhere);
        let count = rate_limits::count(change, first_failure(bucket, &bucket.key, now)).await?;
        let wait = delay(count, threshold, pressed);
        // The row is held since it was counted: nobody else's wait comes between.
        rate_limits::block(change, &bucket.key.to_string(), (!wait.is_zero()).then(|| now + wait), change.id()).await?;
        Ok(elsewhere == MANY || (delay(count - 1, threshold, pressed).is_zero() && !wait.is_zero() && !pressed))
    }

    /// A success empties the bucket.
    pub(in crate::domain) async fn forget_failures(&self, change: &Change, bucket: &Bucket) -> Result<(), DbError> {
        rate_limits::delete(change, &bucket.keys()).await
    }
}

fn first_failure(bucket: &Bucket, key: &Key, now: DateTime<Utc>) -> rate_limits::Model {
    rate_limits::Model { user_id: bucket.user_id, ..key.first(now, now + QUIET) }
}
