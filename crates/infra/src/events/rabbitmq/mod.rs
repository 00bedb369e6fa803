//! Events over RabbitMQ: one durable topic exchange, a quorum queue per listener, publisher confirms, `mandatory`,
//! acknowledged after the consumer's commit.

mod link;

use super::dispatcher::{QueueMetrics, backoff};
use super::{EventHandler, EventTransport, PublishError};
use crate::{Clock, Random};
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
use orion_contracts::events::{Event, RefusedEvent, SUBSCRIPTIONS};
use orion_contracts::{Secret, ServiceName};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// The lane of every event: the broker fans out.
const LANE: &str = "broker";
/// How many messages a consumer holds unacknowledged.
const PREFETCH: u16 = 50;
/// How often the broker may hand out a message again before it drops it. RabbitMQ 4 drops after 20 unless told
/// otherwise, and each lost connection counts: as often as can be said, for -1 (never) is refused by 3.x.
const DELIVERY_LIMIT: i32 = i32::MAX;
/// Pause before connecting again.
const PAUSE: Duration = Duration::from_secs(1);

/// How long the broker may take to be connected to, and how long to take a batch of events. Both together are less than
/// the time for which a dispatcher holds a batch.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A connection to RabbitMQ that heals: it is opened when needed and opened again when lost.
pub struct RabbitMq {
    url: Secret,
    namespace: String,
    clock: Clock,
    metrics: QueueMetrics,
    limit: Duration,
    publisher: Mutex<Option<Arc<Link>>>,
}

impl RabbitMq {
    /// A transport over the broker at this URL; nothing is connected yet. `limit` is how long the broker may keep silent.
    pub fn new(url: Secret, namespace: &str, limit: Duration, clock: Clock, metrics: QueueMetrics) -> Self {
        Self { url, namespace: namespace.to_owned(), clock, metrics, limit, publisher: Mutex::new(None) }
    }

    fn exchange(&self) -> String {
        format!("{}.events", self.namespace)
    }

    fn queue(&self, service: ServiceName) -> String {
        format!("{}.events.{service}", self.namespace)
    }

    /// A new connection with everything declared. Half of the time is for connecting, half for the rest.
    async fn connect(&self) -> lapin::Result<Link> {
        let link = Link::open(&self.url, self.limit / 2).await?;
        let declared = within(self.limit / 2, self.declare(&link.channel)).await;
        declared.inspect_err(|_| link.cut()).map(|()| link)
    }

    /// Declares the exchange and every listener's queue, so that nothing published before a listener's first start is
    /// lost. What is published is confirmed.
    async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        channel.exchange_declare(self.exchange().into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
        for (service, patterns) in SUBSCRIPTIONS {
            let mut arguments = FieldTable::default();
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
            arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
            let durable = QueueDeclareOptions { durable: true, ..Default::default() };
            channel.queue_declare(self.queue(*service).into(), durable, arguments).await?;
            for pattern in *patterns {
                let key = if *pattern == "*" { "#" } else { pattern };
                channel
                    .queue_bind(
                        self.queue(*service).into(),
                        self.exchange().into(),
                        key.into(),
                        QueueBindOptions::default(),
                        FieldTable::default(),
                    )
                    .await?;
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

    async fn try_publish(&self, channel: &Channel, events: &[Event]) -> Result<(), PublishError> {
        let mut confirms = Vec::with_capacity(events.len());
        for event in events {
            let payload = serde_json::to_vec(event).map_err(|error| PublishError::Broker(error.to_string()))?;
            let properties = BasicProperties::default()
                .with_delivery_mode(2)
                .with_content_type("application/json".into())
                .with_message_id(event.id.to_string().into());
            let mandatory = BasicPublishOptions { mandatory: true, ..Default::default() };
            let confirm = channel
                .basic_publish(self.exchange().into(), event.body.name().into(), mandatory, &payload, properties)
                .await?;
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

    async fn receive(
        &self,
        service: ServiceName,
        handler: &Arc<dyn EventHandler>,
        random: &Random,
        stop: &CancellationToken,
    ) -> lapin::Result<()> {
        let Some(link) = stop.run_until_cancelled(self.connect()).await else { return Ok(()) };
        let link = link?;
        let outcome = self.receive_over(&link.channel, service, handler, random, stop).await;
        outcome.inspect_err(|_| link.cut())
    }

    async fn receive_over(
        &self,
        channel: &Channel,
        service: ServiceName,
        handler: &Arc<dyn EventHandler>,
        random: &Random,
        stop: &CancellationToken,
    ) -> lapin::Result<()> {
        let queue = self.queue(service);
        within(self.limit, channel.basic_qos(PREFETCH, BasicQosOptions::default())).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consuming = channel.basic_consume(queue.as_str().into(), "".into(), options, arguments);
        let mut deliveries = within(self.limit, consuming).await?;
        // What the handler has refused waits here for its next try, while others are taken. It is never given back to be
        // delivered again, which the broker would count; when the connection ends, the broker gives it to the next one.
        let mut held = FuturesUnordered::new();
        loop {
            let delivery = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(outcome) = held.next() => { outcome?; continue }
                delivery = deliveries.next() => match delivery { Some(delivery) => delivery?, None => return Ok(()) },
            };
            match self.read(service, &queue, &delivery) {
                Ok(Some(event)) if self.is_taken(&queue, &event, handler).await => self.ack(&delivery).await?,
                Ok(Some(event)) => held.push(self.try_again(&queue, event, delivery, handler, random)),
                Ok(None) => self.ack(&delivery).await?,
                // Not acknowledged: the broker keeps it for a process that can read it.
                Err(Unreadable) => {}
            }
        }
    }

    /// The event of a message; `None` when it is to be skipped.
    fn read(&self, service: ServiceName, queue: &str, delivery: &Delivery) -> Result<Option<Event>, Unreadable> {
        let event = serde_json::from_slice(&delivery.data).and_then(|event| super::read(service, event));
        event.map_err(|error| {
            tracing::error!(queue, message = ?delivery.properties.message_id(), %error, "event cannot be read; it is left");
            self.metrics.failed.with_label_values(&[queue, "unreadable"]).inc();
            Unreadable
        })
    }

    async fn is_taken(&self, queue: &str, event: &Event, handler: &Arc<dyn EventHandler>) -> bool {
        let started = self.clock.monotonic();
        let outcome = handler.handle(event).await;
        self.metrics.duration.with_label_values(&[queue]).observe((self.clock.monotonic() - started).as_secs_f64());
        match &outcome {
            Ok(()) => self.metrics.consumed.with_label_values(&[queue]).inc(),
            Err(problem) => {
                tracing::warn!(queue, event = %event.id, %problem, "event not taken; trying again");
                self.metrics.failed.with_label_values(&[queue, "handler"]).inc();
            }
        }
        outcome.is_ok()
    }

    async fn try_again(
        &self,
        queue: &str,
        event: Event,
        delivery: Delivery,
        handler: &Arc<dyn EventHandler>,
        random: &Random,
    ) -> lapin::Result<()> {
        let mut attempts = 0;
        loop {
            self.clock.sleep(backoff(attempts, random)).await;
            if self.is_taken(queue, &event, handler).await {
                return self.ack(&delivery).await;
            }
            attempts = attempts.saturating_add(1);
        }
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

/// A message that this version cannot read.
struct Unreadable;

#[async_trait]
impl EventTransport for RabbitMq {
    fn lanes(&self, _: &str) -> Vec<&'static str> {
        vec![LANE]
    }

    async fn publish(&self, _: &str, events: &[Event]) -> Result<Vec<RefusedEvent>, PublishError> {
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

    async fn consume(
        &self,
        service: ServiceName,
        handler: Arc<dyn EventHandler>,
        random: Random,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            if let Err(error) = self.receive(service, &handler, &random, &stop).await {
                tracing::warn!(%service, %error, "connection to the broker lost; connecting again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(PAUSE) => {}
            }
        }
    }

    async fn check(&self) -> Result<(), String> {
        self.publisher().await.map(drop).map_err(|error| error.to_string())
    }
}
