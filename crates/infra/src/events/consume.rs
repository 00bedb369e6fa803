//! Parked events: each is a job that lets its consumer try again, for about a day.

use super::consumers::{Refusal, reason};
use super::intake::{CONCURRENCY, Intake};
use crate::Random;
use crate::jobs::{Job, JobContext, Outcome, Queue};
use orion_contracts::Problem;
use orion_contracts::events::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Where they wait.
const EVENTS: Queue = Queue::new("events", CONCURRENCY);
/// Stands for the consumers of what cannot be read as an event at all.
const EVERYBODY: &str = "*";
/// The pause after the first try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);

/// The pause after so many tries, give or take half.
pub(super) fn pause(tries: i64, random: &Random) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(0).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE).mul_f64(0.5 + random.fraction())
}

/// Lets a consumer take an event that it could not take when it arrived.
#[derive(Debug, Serialize, Deserialize)]
pub struct Consume {
    consumer: String,
    /// As it came; a text when it is no JSON.
    event: Value,
}

impl Consume {
    /// An event that this consumer did not take.
    pub(super) fn by(consumer: &str, event: Value) -> Self {
        Self { consumer: consumer.to_owned(), event }
    }

    /// What cannot be read as an event: it goes through everything again, once it can be.
    pub(super) fn by_everybody(event: Value) -> Self {
        Self::by(EVERYBODY, event)
    }

    /// The event's id. What has none is given one: the same for the same text, so that it is kept once however often it comes.
    fn event_id(&self) -> Uuid {
        let own = self.event["id"].as_str().and_then(|id| id.parse().ok());
        own.unwrap_or_else(|| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.event.to_string().as_bytes());
            let mut id = [0; 16];
            id.copy_from_slice(&digest.as_ref()[..16]);
            uuid::Builder::from_custom_bytes(id).into_uuid()
        })
    }

    /// What an operator sees of it: what is not taken, by whom, and why. The event itself is not shown.
    pub(super) fn reason(&self, why: &str) -> String {
        let kind = match self.event["type"].as_str() {
            Some(kind) if self.consumer != EVERYBODY => kind,
            _ => "event",
        };
        format!("{kind} {} for {}: {why}", self.event_id(), self.consumer)
    }

    async fn attempt(&self, intake: &Intake, context: &JobContext) -> Result<(), Refusal> {
        let event = Event::deserialize(&self.event).map_err(|error| Refusal::Unreadable(reason(&error)))?;
        if self.consumer == EVERYBODY {
            return intake.take(self.event.clone()).await.map_err(Refusal::Refused);
        }
        match intake.find(&self.consumer, &event.kind) {
            Some(consumer) => intake.attempt(consumer, &event, Some(context)).await,
            None => Err(Refusal::Unreadable("there is no consumer of this name any more".to_owned())),
        }
    }
}

impl Job for Consume {
    const KIND: &'static str = "consume";
    const QUEUE: Queue = EVENTS;
    const ATTEMPTS: i64 = 20;
    type State = Arc<Intake>;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.event_id(), self.consumer))
    }

    async fn run(self, intake: &Arc<Intake>, context: &JobContext) -> Result<Outcome, Problem> {
        Ok(match self.attempt(intake, context).await {
            Ok(()) => Outcome::Done,
            Err(Refusal::Unreadable(why)) => Outcome::Dead { reason: self.reason(&why) },
            Err(Refusal::Refused(problem)) => Outcome::Retry {
                reason: self.reason(&problem.to_string()),
                // The first try was made when it arrived.
                after: Some(pause(context.attempt() + 1, &intake.infra().random)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_tried_for_about_a_day() {
        let random = Random::seeded(1);
        let total: Duration = (1..=Consume::ATTEMPTS).map(|tries| pause(tries, &random)).sum();
        assert!((15..40).contains(&(total.as_secs() / 3600)), "{total:?}");
    }

    #[test]
    fn an_event_is_parked_once_for_each_consumer_also_when_it_has_no_id() {
        let key = |consumer, event: Value| Consume::by(consumer, event).dedupe_key();
        let id = Uuid::nil();
        assert_eq!(key("mail", json!({ "id": id })), Some(format!("{id}:mail")));
        assert_eq!(key("*", json!("no event")), key("*", json!("no event")));
        assert_ne!(key("*", json!("no event")), key("*", json!("none either")));
    }
}
