//! Events over RabbitMQ: one durable topic exchange, a quorum queue per listener, publisher confirms, `mandatory`,
//! acknowledged after the consumer's commit.

use super::{EventHandler, EventTransport, PublishError, dispatcher::QueueMetrics};
use crate::Clock;
use async_trait::async_trait;
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use orion_contracts::events::{Event, SUBSCRIPTIONS};
use orion_contracts::{Secret, ServiceName};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// The lane of every event: the broker fans out.
const LANE: &str = "broker";
/// How many messages a consumer holds unacknowledged.
const PREFETCH: u16 = 50;
/// Pause before connecting again, and before a failed message is given back.
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
        stop: &CancellationToken,
    ) -> lapin::Result<()> {
        let queue = self.queue(service);
        let channel = self.channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let mut deliveries = channel
            .basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?;
        loop {
            let delivery = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                delivery = deliveries.next() => match delivery { Some(delivery) => delivery?, None => return Ok(()) },
            };
            self.take(&queue, delivery, handler).await?;
        }
    }

    async fn take(&self, queue: &str, delivery: Delivery, handler: &Arc<dyn EventHandler>) -> lapin::Result<()> {
        let started = self.clock.monotonic();
        let event = match serde_json::from_slice::<Event>(&delivery.data) {
            Ok(event) => event,
            Err(error) => {
                // No later try can read it; its text stays in the log.
                tracing::error!(queue, %error, "message that is no event dropped");
                self.metrics.failed.with_label_values(&[queue, "unreadable"]).inc();
                delivery.ack(BasicAckOptions::default()).await?;
                return Ok(());
            }
        };
        let outcome = handler.handle(&event).await;
        self.metrics.duration.with_label_values(&[queue]).observe((self.clock.monotonic() - started).as_secs_f64());
        match outcome {
            Ok(()) => {
                self.metrics.consumed.with_label_values(&[queue]).inc();
                delivery.ack(BasicAckOptions::default()).await?;
            }
            Err(problem) => {
                tracing::warn!(queue, event = %event.id, %problem, "event not taken; it comes again");
                self.metrics.failed.with_label_values(&[queue, "handler"]).inc();
                self.clock.sleep(PAUSE).await;
                delivery.nack(BasicNackOptions { requeue: true, ..Default::default() }).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl EventTransport for RabbitMq {
    fn lanes(&self, _: &str) -> Vec<&'static str> {
        vec![LANE]
    }

    async fn publish(&self, _: &str, events: &[Event]) -> Result<(), PublishError> {
        let outcome = self.try_publish(events).await;
        if outcome.is_err() {
            // The next try starts on a fresh channel: confirms of this one may be mixed up.
            self.publisher.lock().await.take();
        }
        outcome
    }

    async fn consume(&self, service: ServiceName, handler: Arc<dyn EventHandler>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.receive(service, &handler, &stop).await {
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
