//! One request's choice: which endpoints it may go to, and how large the share of each is now.

use super::Member;
use crate::upstream::endpoint::{Endpoint, EndpointId};
use crate::upstream::hash::Draws;
use crate::upstream::millis;
use std::cell::Cell;
use std::time::Duration;

/// Endpoints that are drawn before all are looked at.
const DRAWS: usize = 64;
/// The share that an endpoint begins with.
const COLD: f32 = 0.1;

/// What a request's choice depends on.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The time.
    pub(crate) now: Duration,
    /// A number by chance.
    pub(crate) random: u64,
    /// By what it is kept together with others.
    pub(crate) key: Option<u64>,
    /// Where it was before.
    pub(crate) tried: &'a [EndpointId],
    /// When less than so many percent are well, all are used.
    pub(crate) panic_percent: u32,
    /// For how long an endpoint's share grows, in milliseconds.
    pub(crate) slow_start: u64,
}

/// A choice under way.
pub(crate) struct Choice<'a> {
    pub(super) members: &'a [Member],
    pub(super) rules: &'a Rules<'a>,
    pub(super) draws: Draws,
    /// The time in milliseconds.
    now: u64,
    /// Whether so few are well that all are used; looked up with the first that is not.
    panics: Cell<Option<bool>>,
}

impl<'a> Choice<'a> {
    pub(super) fn new(members: &'a [Member], rules: &'a Rules<'a>) -> Self {
        Self { members, rules, draws: Draws::new(rules.random), now: millis(rules.now), panics: Cell::new(None) }
    }

    /// Whether the request may go to this one.
    pub(super) fn takes(&self, index: usize) -> bool {
        let endpoint = &self.members[index].endpoint;
        (endpoint.is_well_at(self.now) || self.panics()) && !self.rules.tried.contains(&endpoint.id)
    }

    /// Whether so few are well that all are used.
    fn panics(&self) -> bool {
        self.panics.get().unwrap_or_else(|| {
            let well = self.members.iter().filter(|member| member.endpoint.is_well_at(self.now)).count();
            let panics = well * 100 < self.members.len() * self.rules.panic_percent as usize;
            self.panics.set(Some(panics));
            panics
        })
    }

    /// How much of its share an endpoint gets by now: all of it but after it came, or came back. It grows in a line, as Envoy's does
    /// with an aggression of one.
    pub(super) fn warmth(&self, endpoint: &Endpoint) -> f32 {
        if self.rules.slow_start == 0 {
            return 1.0;
        }
        match endpoint.since(self.now) {
            0 => 1.0,
            since => (self.now.saturating_sub(since) as f32 / self.rules.slow_start as f32).clamp(COLD, 1.0),
        }
    }

    /// The share of one among all: its weight, while it starts less.
    pub(super) fn share(&self, index: usize) -> f32 {
        let member = &self.members[index];
        member.weight as f32 * self.warmth(&member.endpoint)
    }

    /// The first of those that `next` names whose turn it really is. One that starts slowly lets most of its turns go by, so what is
    /// left of them is its share, and the others have theirs as before.
    pub(super) fn by_turns(&mut self, mut next: impl FnMut(&mut Draws) -> usize) -> Option<usize> {
        for _ in 0..DRAWS {
            let index = next(&mut self.draws);
            if !self.takes(index) {
                continue;
            }
            let warmth = self.warmth(&self.members[index].endpoint);
            if warmth >= 1.0 || self.draws.fraction() < warmth {
                return Some(index);
            }
        }
        self.any()
    }

    /// One by chance of all that may be taken.
    pub(super) fn any(&mut self) -> Option<usize> {
        let can = (0..self.members.len()).filter(|index| self.takes(*index)).count();
        let chosen = self.draws.below(can);
        (0..self.members.len()).filter(|index| self.takes(*index)).nth(chosen)
    }
}
