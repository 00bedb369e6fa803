//! Watches over an outbox: wakes its lanes for what no bell told them of, says how old what waits is, gives up what nobody
//! took for too long, and readdresses what was left behind by another configuration.

use super::{BUS_LANE, LANES, dispatcher, listeners, outbox};
use crate::{DbError, Infra, Outage};
use orion_contracts::events::find_kind;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A lost ring costs so much at most.
const POLL: Duration = Duration::from_secs(1);
/// How often rows are looked for that are too old, or of other lanes.
const TIDY: Duration = Duration::from_secs(60);
/// How long an event waits for its listener.
const KEEP: Duration = Duration::from_secs(14 * 86_400);

/// The watch over one service's outbox.
pub struct OutboxWatch {
    infra: Infra,
    lanes: Vec<&'static str>,
}

impl OutboxWatch {
    /// Watches over the service's outbox.
    pub fn new(infra: Infra) -> Self {
        Self { lanes: dispatcher::lanes(&infra), infra }
    }

    /// Works until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let clock = &self.infra.clock;
        let outage = Outage::new(format!("the outbox of {}", self.infra.service), clock.clone());
        let mut next_tidying = clock.monotonic();
        loop {
            let mut outcome = self.look().await;
            if clock.monotonic() >= next_tidying {
                next_tidying = clock.monotonic() + TIDY;
                outcome = outcome.and(self.tidy(&stop).await);
            }
            match outcome {
                Ok(()) => outage.over(),
                Err(error) => outage.failed(&error),
            }
            if stop.run_until_cancelled(clock.sleep(POLL)).await.is_none() {
                return;
            }
        }
    }

    async fn look(&self) -> Result<(), DbError> {
        let Infra { db, clock, queues, .. } = &self.infra;
        let is_empty = outbox::is_empty(db).await?;
        for lane in &self.lanes {
            let oldest = if is_empty { None } else { outbox::oldest(db, lane).await? };
            let age = oldest.map_or(0, |written| (clock.now() - written).num_seconds().max(0));
            queues.lane_age.with_label_values(&[*lane]).set(age);
            if oldest.is_some() {
                db.doorbell().ring_lane(lane);
            }
        }
        Ok(())
    }

    async fn tidy(&self, stop: &CancellationToken) -> Result<(), DbError> {
        let Infra { db, events, queues, .. } = &self.infra;
        for foreign in LANES.iter().filter(|lane| **lane != BUS_LANE && !self.lanes.contains(lane)) {
            let lanes = |kind: &str| {
                events.transport().lanes(&listeners(find_kind(kind).map(|kind| kind.named).unwrap_or_default()))
            };
            while !stop.is_cancelled() && outbox::readdress(db, foreign, lanes).await? > 0 {
                self.lanes.iter().for_each(|lane| db.doorbell().ring_lane(lane));
            }
        }
        while !stop.is_cancelled() {
            let rows = outbox::cut(db, self.infra.believed_now().await? - KEEP).await?;
            if rows == 0 {
                break;
            }
            queues.dropped.with_label_values::<&str>(&[]).inc_by(rows);
            tracing::warn!(rows, "events were given up: nobody has taken them for two weeks");
        }
        Ok(())
    }
}
