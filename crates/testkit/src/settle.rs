//! Whether everything that a platform began is done, and what of it is not.

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use orion_contracts::ServiceName;
use orion_contracts::events::{HEARS_EVERYTHING, kinds};
use orion_infra::db::dialect::statement;
use orion_infra::{DbError, Infra};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::fmt;
use std::time::{Duration, Instant};

/// How long everything has to be done.
const LIMIT: Duration = Duration::from_secs(10);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(10);
/// How many looks in a row must find nothing: while one goes from service to service, something may pass behind it.
const LOOKS: u32 = 2;
/// A broker tells of what waits in its queues, but not of what a listener has in its hands.
const LOOKS_AT_A_BROKER: u32 = 5;

/// What waits or was given up, by what the common tables say. A job that is for later, and was not tried, is no work yet;
/// nor is what is done again and again, when its time has come once more.
const LEFT: &str = "\
    SELECT 'outbox' AS place, 'due' AS state, kind || ' for ' || lane AS what, last_error AS reason FROM outbox \
    UNION ALL SELECT 'jobs', state, kind, last_error FROM jobs \
        WHERE state IN ('running', 'dead') OR (state = 'due' AND (due_at <= $1 OR attempts > 0) \
            AND (attempts > 0 OR dedupe_key IS NULL OR dedupe_key <> 'schedule')) \
    UNION ALL SELECT 'audit_entries', CASE WHEN refused_reason IS NULL THEN 'due' ELSE 'refused' END, 'entry', \
        refused_reason FROM audit_entries \
    LIMIT 50";

/// Something that is not where it belongs.
#[derive(Debug, Clone)]
pub struct Left {
    service: ServiceName,
    row: Row,
}

#[derive(Debug, Clone, FromQueryResult)]
struct Row {
    place: String,
    state: String,
    what: String,
    reason: Option<String>,
}

impl Left {
    /// Whether somebody still works on it, or will.
    pub fn is_under_way(&self) -> bool {
        matches!(self.row.state.as_str(), "due" | "running")
    }
}

impl fmt::Display for Left {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { place, state, what, reason } = &self.row;
        write!(formatter, "{}: {place}: {what} is {state} ({})", self.service, reason.as_deref().unwrap_or("no reason"))
    }
}

/// Waits until nothing is under way in these services; what is left that nobody works on, or what is under way when the
/// time is over.
pub async fn settle(services: &[&Infra], amqp_url: &str, namespace: &str) -> Result<Vec<Left>, Vec<Left>> {
    let deadline = Instant::now() + LIMIT;
    let broker = match amqp_url {
        "" => None,
        url => Some(Queues::of(url, namespace).await),
    };
    let looks = if broker.is_some() { LOOKS_AT_A_BROKER } else { LOOKS };
    let (mut clean, mut seen) = (0, 0);
    loop {
        let mut left = look(services).await;
        if let Some(broker) = &broker {
            left.extend(broker.left().await);
        }
        let done = services.iter().map(|infra| done(infra)).sum();
        let is_quiet = !left.iter().any(Left::is_under_way) && done == seen;
        clean = if is_quiet { clean + 1 } else { 0 };
        seen = done;
        if clean >= looks {
            return Ok(left);
        }
        if Instant::now() >= deadline {
            return Err(left);
        }
        // A look after a failure may be seconds away.
        services.iter().for_each(|infra| infra.db.doorbell().ring_audit());
        tokio::time::sleep(PAUSE).await;
    }
}

/// How many events and jobs a service has taken so far.
fn done(infra: &Infra) -> u64 {
    infra.queues.taken()
}

async fn look(services: &[&Infra]) -> Vec<Left> {
    let mut left = Vec::new();
    for infra in services {
        let rows = rows(infra).await.unwrap_or_else(|error| {
            let reason = Some(error.to_string());
            vec![Row { place: "database".to_owned(), state: "due".to_owned(), what: "a look".to_owned(), reason }]
        });
        left.extend(rows.into_iter().map(|row| Left { service: infra.service, row }));
    }
    left
}

async fn rows(infra: &Infra) -> Result<Vec<Row>, DbError> {
    let db = infra.db.read();
    let rows = db.query_all_raw(statement(db, LEFT, [infra.clock.now().into()])).await?;
    Ok(rows.iter().map(|row| Row::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The queues of a platform at its broker.
struct Queues {
    connection: lapin::Connection,
    namespace: String,
}

impl Queues {
    async fn of(url: &str, namespace: &str) -> Self {
        let connection = lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await.unwrap();
        Self { connection, namespace: namespace.to_owned() }
    }

    /// What waits in the queues.
    async fn left(&self) -> Vec<Left> {
        let mut left = Vec::new();
        // A service that listens to nothing has no queue.
        let listens = |service| service == HEARS_EVERYTHING || kinds().any(|kind| kind.named.contains(&service));
        for service in ServiceName::ALL.into_iter().filter(|service| listens(*service)) {
            let what = match self.messages(service).await {
                Ok(0) => continue,
                Ok(messages) => format!("{messages} messages"),
                Err(error) => error.to_string(),
            };
            let row = Row { place: "broker".to_owned(), state: "due".to_owned(), what, reason: None };
            left.push(Left { service, row });
        }
        left
    }

    /// How many messages wait for a service. Until somebody tells something or begins to listen there are no queues, and
    /// asking for one that is not there closes the channel.
    async fn messages(&self, service: ServiceName) -> lapin::Result<u32> {
        let channel = self.connection.create_channel().await?;
        let name = format!("{}.events.{service}", self.namespace);
        let passive = QueueDeclareOptions { passive: true, ..Default::default() };
        match channel.queue_declare(name.into(), passive, FieldTable::default()).await {
            Ok(queue) => {
                channel.close(200, "".into()).await?;
                Ok(queue.message_count())
            }
            Err(error) if error.to_string().contains("NOT_FOUND") => Ok(0),
            Err(error) => Err(error),
        }
    }
}
