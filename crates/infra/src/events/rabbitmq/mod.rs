//! Events over RabbitMQ: one durable topic exchange, a quorum queue per listener, publisher confirms, `mandatory`,
//! acknowledged after the consumer's commit.

mod link;

use super::dispatcher::PAUSES;
use super::intake::CONCURRENCY;
use super::{BROKER_LANE, EventTransport, Intake, Outgoing, PublishError};
use crate::backoff::Backoff;
use crate::{Clock, Outage, Random};
use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, ExchangeKind};
use link::{Link, within};
use orion_contracts::events::{HEARS_EVERYTHING, RefusedEvent, kinds};
use orion_contracts::{Secret, ServiceName};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// How many messages a consumer holds unacknowledged.
const PREFETCH: u16 = 50;
/// How often the broker may hand out a message again before it drops it. RabbitMQ 4 drops after 20 unless told
/// otherwise, and each lost connection counts: as often as can be said, for -1 (never) is refused by 3.x.
const DELIVERY_LIMIT: i32 = i32::MAX;
/// Pauses before connecting again.
const RECONNECT: Backoff =
    Backoff::new(Duration::from_secs(1), Duration::from_secs(5)).at_least(Duration::from_secs(1));
/// A connection that has lasted for so long was well: the next failure is a first one.
const WELL: Duration = Duration::from_secs(10);

/// How long the broker may take to be connected to, and how long to take a batch of events.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A connection to RabbitMQ that heals: it is opened when needed and opened again when lost.
pub struct RabbitMq {
    url: Secret,
    namespace: String,
    clock: Clock,
    random: Random,
    limit: Duration,
    outage: Outage,
    publisher: Mutex<Option<Arc<Link>>>,
}

impl RabbitMq {
    /// A transport over the broker at this URL; nothing is connected yet. `limit` is how long the broker may keep silent;
    /// `outage` is what tells of its being away, shared by all that use it.
    pub fn new(url: Secret, namespace: &str, limit: Duration, outage: Outage, clock: Clock, random: Random) -> Self {
        Self { url, namespace: namespace.to_owned(), clock, random, limit, outage, publisher: Mutex::new(None) }
    }

    fn exchange(&self) -> String {
        format!("{}.events", self.namespace)
    }

    fn queue(&self, service: ServiceName) -> String {
        format!("{}.events.{service}", self.namespace)
    }

    /// A new connection with everything declared. Half of the time is for connecting, half for the rest.
    async fn connect(&self) -> lapin::Result<Link> {
        let connecting = async {
            let link = Link::open(&self.url, self.limit / 2).await?;
            let declared = within(self.limit / 2, self.declare(&link.channel)).await;
            declared.inspect_err(|_| link.cut()).map(|()| link)
        };
        let outcome = connecting.await;
        match &outcome {
            Ok(_) => self.outage.over(),
            Err(error) => self.outage.failed(error),
        }
        outcome
    }

    /// Declares the exchange and every listener's queue, so that nothing published before a listener's first start is
    /// lost. What is published is confirmed.
    async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        channel.exchange_declare(self.exchange().into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
        for service in super::listening() {
            let mut arguments = FieldTable::default();
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
            arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
            let durable = QueueDeclareOptions { durable: true, ..Default::default() };
            channel.queue_declare(self.queue(service).into(), durable, arguments).await?;
            for key in routing_keys(service) {
                let (queue, exchange) = (self.queue(service).into(), self.exchange().into());
                let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
                channel.queue_bind(queue, exchange, key.into(), options, arguments).await?;
            }
        }
        channel.confirm_select(ConfirmSelectOptions::default()).await
    }

    async fn publisher(&self) -> lapin::Result<Arc<Link>> {
        let mut kept = self.publisher.lock().await;
        if let Some(link) = kept.as_ref().filter(|link| link.channel.status().connected()) {
            return Ok(link.clone());
        }
        let link = Arc::new(self.connect().await?);
        *kept = Some(link.clone());
        Ok(link)
    }

    async fn try_publish(&self, channel: &Channel, events: &[Outgoing]) -> Result<(), PublishError> {
        let mut confirms = Vec::with_capacity(events.len());
        for event in events {
            let properties = BasicProperties::default()
                .with_delivery_mode(2)
                .with_content_type("application/json".into())
                .with_message_id(event.id.to_string().into());
            let mandatory = BasicPublishOptions { mandatory: true, ..Default::default() };
            let (exchange, key) = (self.exchange().into(), event.kind.as_str().into());
            let payload = event.event.get().as_bytes();
            let confirm = channel.basic_publish(exchange, key, mandatory, payload, properties).await?;
            confirms.push(confirm);
        }
        for confirm in confirms {
            match confirm.await? {
                Confirmation::Ack(None) => {}
                // Acknowledged, yet returned: no queue is bound to it. That is a loss, not a success.
                Confirmation::Ack(Some(_)) => return Err(PublishError::Broker("the event was returned".to_owned())),
                other => return Err(PublishError::Broker(format!("not confirmed: {other:?}"))),
            }
        }
        Ok(())
    }

    async fn receive(&self, intake: &Intake, stop: &CancellationToken) -> lapin::Result<()> {
        let Some(link) = stop.run_until_cancelled(self.connect()).await else { return Ok(()) };
        let link = link?;
        let outcome = self.receive_over(&link.channel, intake, stop).await;
        outcome.inspect_err(|_| link.cut())
    }

    async fn receive_over(&self, channel: &Channel, intake: &Intake, stop: &CancellationToken) -> lapin::Result<()> {
        let queue = self.queue(intake.infra().service);
        within(self.limit, channel.basic_qos(PREFETCH, BasicQosOptions::default())).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consuming = channel.basic_consume(queue.as_str().into(), "".into(), options, arguments);
        let mut deliveries = within(self.limit, consuming).await?;
        let mut taking = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(outcome) = taking.next() => outcome?,
                delivery = deliveries.next(), if taking.len() < CONCURRENCY => match delivery {
                    Some(delivery) => taking.push(self.take(intake, delivery?)),
                    None => return Ok(()),
                },
            }
        }
    }

    /// Takes a message and acknowledges it. It is refused only when it could not even be parked, because the database is
    /// away: then it is held and tried again in place. It is never given back to be delivered again, which the broker
    /// would count; when the connection ends, the broker gives it to the next one.
    async fn take(&self, intake: &Intake, delivery: Delivery) -> lapin::Result<()> {
        let mut attempts = 0;
        while let Err(problem) = intake.take_bytes(&delivery.data).await {
            attempts += 1;
            tracing::warn!(attempts, %problem, "an event could neither be taken nor put aside; trying again");
            self.clock.sleep(PAUSES.pause(attempts, &self.random)).await;
        }
        self.ack(&delivery).await
    }

    async fn ack(&self, delivery: &Delivery) -> lapin::Result<()> {
        within(self.limit, delivery.ack(BasicAckOptions::default())).await.map(drop)
    }
}

impl From<lapin::Error> for PublishError {
    fn from(error: lapin::Error) -> Self {
        Self::Broker(error.to_string())
    }
}

/// What the queue of a service is bound to.
fn routing_keys(service: ServiceName) -> Vec<&'static str> {
    if service == HEARS_EVERYTHING {
        return vec!["#"];
    }
    kinds().filter(|kind| kind.named.contains(&service)).map(|kind| kind.name).collect()
}

#[async_trait]
impl EventTransport for RabbitMq {
    fn lanes(&self, _: &[ServiceName]) -> Vec<&'static str> {
        vec![BROKER_LANE]
    }

    async fn publish(&self, _: &str, events: &[Outgoing]) -> Result<Vec<RefusedEvent>, PublishError> {
        let link = self.publisher().await?;
        let published = tokio::time::timeout(self.limit, self.try_publish(&link.channel, events)).await;
        let silent = |_| Err(PublishError::Broker(format!("no confirmation within {:?}", self.limit)));
        let outcome = published.unwrap_or_else(silent);
        if outcome.is_err() {
            // The next try starts on a fresh connection: confirms of this one may be mixed up.
            link.cut();
            self.publisher.lock().await.take();
        }
        outcome.map(|()| Vec::new())
    }

    async fn consume(&self, intake: Arc<Intake>, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let started = self.clock.monotonic();
            if let Err(error) = self.receive(&intake, &stop).await {
                self.outage.failed(&error);
            }
            let was_well = self.clock.monotonic().saturating_sub(started) >= WELL;
            failures = if was_well { 1 } else { failures + 1 };
            let pause = RECONNECT.pause(failures, &self.random);
            if stop.run_until_cancelled(self.clock.sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    async fn check(&self) -> Result<(), String> {
        self.publisher().await.map(drop).map_err(|error| error.to_string())
    }
}
