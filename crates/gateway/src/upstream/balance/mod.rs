//! Which endpoint a request goes to: one file for each way, and what all of them share.
//!
//! All cores pick from the same [`Members`]. What they need is prepared when the endpoints change, and what they count is an atomic.

mod choice;
mod consistent_hash;
mod least_connections;
mod peak_ewma;
mod random;
mod round_robin;
mod weighted;

pub(super) use choice::{Choice, Rules};

use super::config::Balance;
use super::endpoint::Endpoint;
use consistent_hash::Ring;
use random::Alias;
use round_robin::Turn;
use std::sync::Arc;
use weighted::Schedule;

/// An endpoint in a list of a cluster's.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) endpoint: Arc<Endpoint>,
    /// Its share beside the others.
    pub(super) weight: u32,
}

/// The endpoints of a cluster, and how one of them is picked. It is replaced as a whole.
pub(super) struct Members {
    pub(super) list: Box<[Member]>,
    plan: Plan,
}

enum Plan {
    RoundRobin(Turn),
    Weighted(Schedule),
    LeastConnections,
    Random(Alias),
    PeakEwma,
    ConsistentHash(Ring),
}

impl Members {
    /// Prepares the picking of these.
    pub(super) fn new(list: Vec<Member>, balance: Balance) -> Self {
        let plan = match balance {
            Balance::RoundRobin => Plan::RoundRobin(Turn::default()),
            Balance::Weighted => Plan::Weighted(Schedule::new(&list)),
            Balance::LeastConnections => Plan::LeastConnections,
            Balance::Random => Plan::Random(Alias::new(&list)),
            Balance::PeakEwma => Plan::PeakEwma,
            Balance::ConsistentHash => Plan::ConsistentHash(Ring::new(&list)),
        };
        Self { list: list.into(), plan }
    }

    /// The endpoint for a request, by its place in the list. One that was tried is only taken when no other can be.
    pub(super) fn pick(&self, rules: &Rules<'_>) -> Option<usize> {
        if let [only] = &*self.list {
            return (only.endpoint.is_well(rules.now) || rules.panic_percent > 0).then_some(0);
        }
        let found = self.pick_by_plan(&mut Choice::new(&self.list, rules));
        if found.is_some() || rules.tried.is_empty() {
            return found;
        }
        let rules = Rules { tried: &[], ..*rules };
        self.pick_by_plan(&mut Choice::new(&self.list, &rules))
    }

    fn pick_by_plan(&self, choice: &mut Choice<'_>) -> Option<usize> {
        match &self.plan {
            Plan::RoundRobin(turn) => round_robin::pick(turn, choice),
            Plan::Weighted(schedule) => schedule.pick(choice),
            Plan::LeastConnections => least_connections::pick(choice),
            Plan::Random(alias) => alias.pick(choice),
            Plan::PeakEwma => peak_ewma::pick(choice),
            Plan::ConsistentHash(ring) => ring.pick(choice),
        }
    }
}

#[cfg(test)]
mod tests;
