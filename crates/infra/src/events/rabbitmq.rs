//! Events over RabbitMQ: one durable topic exchange, a quorum queue per listener, publisher confirms, `mandatory`,
//! acknowledged after the consumer's commit.

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
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
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

/// A connection to RabbitMQ that heals: it is opened when needed and opened again when lost.
pub struct RabbitMq {
    url: Secret,
    namespace: String,
    clock: Clock,
    metrics: QueueMetrics,
    publisher: Mutex<Option<Channel>>,
}

impl RabbitMq {
    /// A transport over the broker at this URL; nothing is connected yet.
    pub fn new(url: Secret, namespace: &str, clock: Clock, metrics: QueueMetrics) -> Self {
        Self { url, namespace: namespace.to_owned(), clock, metrics, publisher: Mutex::new(None) }
    }

    fn exchange(&self) -> String {
        format!("{}.events", self.namespace)
    }

    fn queue(&self, service: ServiceName) -> String {
        format!("{}.events.{service}", self.namespace)
    }

    async fn channel(&self) -> lapin::Result<Channel> {
        let connection = Connection::connect(self.url.expose(), ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        self.declare(&channel).await?;
        Ok(channel)
    }

    /// Declares the exchange and every listener's queue, so that nothing published before a listener's first start is
    /// lost.
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
        Ok(())
    }

    async fn publishing_channel(&self) -> lapin::Result<Channel> {
        let mut kept = self.publisher.lock().await;
        if let Some(channel) = kept.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        let channel = self.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        *kept = Some(channel.clone());
        Ok(channel)
    }

    async fn try_publish(&self, events: &[Event]) -> Result<(), PublishError> {
        let broker = |error: lapin::Error| PublishError::Broker(error.to_string());
        let channel = self.publishing_channel().await.map_err(broker)?;
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
                .await
                .map_err(broker)?;
            confirms.push(confirm);
        }
        for confirm in confirms {
            match confirm.await.map_err(broker)? {
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
        let queue = self.queue(service);
        let channel = self.channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let mut deliveries = channel
            .basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?;
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
                Ok(Some(event)) if self.is_taken(&queue, &event, handler).await => ack(&delivery).await?,
                Ok(Some(event)) => held.push(self.try_again(&queue, event, delivery, handler, random)),
                Ok(None) => ack(&delivery).await?,
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
                return ack(&delivery).await;
            }
            attempts = attempts.saturating_add(1);
        }
    }
}

/// A message that this version cannot read.
struct Unreadable;

async fn ack(delivery: &Delivery) -> lapin::Result<()> {
    delivery.ack(BasicAckOptions::default()).await.map(drop)
}

#[async_trait]
impl EventTransport for RabbitMq {
    fn lanes(&self, _: &str) -> Vec<&'static str> {
        vec![LANE]
    }

    async fn publish(&self, _: &str, events: &[Event]) -> Result<Vec<RefusedEvent>, PublishError> {
        let outcome = self.try_publish(events).await;
        if outcome.is_err() {
            // The next try starts on a fresh channel: confirms of this one may be mixed up.
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
        self.publishing_channel().await.map(drop).map_err(|error| error.to_string())
    }
}
