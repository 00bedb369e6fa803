use super::Prober;
use crate::upstream::{Change, Changes, Cluster, UpstreamConfig};
use orion_contracts::upstreams::EndpointHealth;
use orion_infra::tasks::{Supervisor, TaskStates};
use orion_infra::{Clock, Random};
use prometheus::{IntCounterVec, Opts};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

/// A server that answers every connection with what it is told at the time.
struct Server {
    address: String,
    answer: Arc<std::sync::Mutex<&'static str>>,
    asked: Arc<AtomicU32>,
    last: Arc<std::sync::Mutex<String>>,
}

const WELL: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const ILL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";

impl Server {
    async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let server = Self {
            address,
            answer: Arc::new(std::sync::Mutex::new(answer)),
            asked: Arc::default(),
            last: Arc::default(),
        };
        let (answer, asked, last) = (server.answer.clone(), server.asked.clone(), server.last.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let answer = *answer.lock().expect("no panic");
                let last = last.clone();
                tokio::spawn(async move {
                    let mut bytes = vec![0; 4096];
                    let read = stream.read(&mut bytes).await.unwrap_or(0);
                    *last.lock().expect("no panic") = String::from_utf8_lossy(&bytes[..read]).into_owned();
                    if !answer.is_empty() {
                        let _ = stream.write_all(answer.as_bytes()).await;
                    } else {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                });
            }
        });
        server
    }

    fn set(&self, answer: &'static str) {
        *self.answer.lock().expect("no panic") = answer;
    }
}

struct Asked {
    cluster: Arc<Cluster>,
    told: broadcast::Receiver<Change>,
    clock: Clock,
    _supervisor: Supervisor,
}

/// An upstream of these addresses, whose endpoints are asked all the time.
fn ask(addresses: &[&str], health: &str) -> Asked {
    let endpoints: Vec<_> = addresses.iter().map(|address| format!("{{ url = \"http://{address}/base\" }}")).collect();
    let text = format!("name = \"shop\"\nendpoints = [{}]\n[health]\n{health}", endpoints.join(","));
    let config: UpstreamConfig = toml::from_str(&text).expect("a configuration");
    let changes = Changes::default();
    let told = changes.subscribe();
    let cluster = Arc::new(Cluster::of_config(&config, "", &changes).unwrap_or_else(|faults| panic!("{faults:?}")));
    let clock = Clock::system();
    let restarts = IntCounterVec::new(Opts::new("restarts", "of tasks"), &["task"]).expect("a counter");
    let mut supervisor = Supervisor::new(clock.clone(), restarts, TaskStates::default());
    let clusters = {
        let cluster = cluster.clone();
        move || vec![cluster.clone()]
    };
    let connect =
        |_, endpoint: Arc<crate::upstream::Endpoint>| async move { TcpStream::connect(&*endpoint.place.address).await };
    supervisor.spawn(Prober::new(clusters, connect, clock.clone(), Random::seeded(7)).task());
    Asked { cluster, told, clock, _supervisor: supervisor }
}

impl Asked {
    fn health(&self) -> (EndpointHealth, Option<String>) {
        let endpoint = self.cluster.snapshot(self.clock.monotonic()).endpoints.swap_remove(0);
        (endpoint.health, endpoint.reason)
    }

    async fn becomes(&self, health: EndpointHealth) {
        let becomes = async {
            while self.health().0 != health {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), becomes).await.unwrap_or_else(|_| panic!("{:?}", self.health()));
    }
}

const FAST: &str = "interval_ms = 100\ntimeout_ms = 100\nhealthy = 2\nunhealthy = 2\njitter_percent = 20";

#[tokio::test]
async fn an_endpoint_is_what_its_answers_say() {
    let server = Server::start(WELL).await;
    let mut asked = ask(&[&server.address], FAST);
    asked.becomes(EndpointHealth::Healthy).await;
    let head = server.last.lock().expect("no panic").clone();
    assert!(head.starts_with(&format!("GET /base/livez HTTP/1.1\r\nhost: {}\r\n", server.address)), "{head}");
    server.set(ILL);
    asked.becomes(EndpointHealth::Failing).await;
    assert_eq!(asked.health().1.as_deref(), Some("it answered 503 Service Unavailable"));
    assert!(matches!(asked.told.recv().await, Ok(Change::Failing { .. })));
    server.set(WELL);
    asked.becomes(EndpointHealth::Healthy).await;
    assert!(matches!(asked.told.recv().await, Ok(Change::Healthy { .. })));
}

#[tokio::test]
async fn silence_nonsense_and_nobody_there_are_no_health() {
    let (silent, nonsense) = (Server::start("").await, Server::start("SSH-2.0-OpenSSH_9.2\r\n").await);
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").to_string();
    for (address, reason) in
        [(&silent.address, "no answer in 100 ms"), (&nonsense.address, "no HTTP"), (&nobody, "no connection")]
    {
        let asked = ask(&[address], FAST);
        asked.becomes(EndpointHealth::Failing).await;
        let said = asked.health().1.expect("a reason");
        assert!(said.contains(reason), "{said}");
    }
}

#[tokio::test]
async fn a_connection_is_enough_where_no_more_is_asked() {
    let silent = Server::start("").await;
    let asked = ask(&[&silent.address], &format!("kind = \"tcp\"\n{FAST}"));
    asked.becomes(EndpointHealth::Healthy).await;
}

#[tokio::test]
async fn an_endpoint_that_goes_is_asked_no_more() {
    let (first, second) = (Server::start(WELL).await, Server::start(WELL).await);
    let asked = ask(&[&first.address, &second.address], FAST);
    asked.becomes(EndpointHealth::Healthy).await;
    let url = url::Url::parse(&format!("http://{}/base", second.address)).expect("a URL");
    let place = crate::upstream::Place::of_url(&url).expect("a place");
    asked.cluster.set_endpoints(&[crate::upstream::EndpointSpec { place, weight: 1 }], asked.clock.monotonic());
    // It is looked each second who is there.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    let before = first.asked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(first.asked.load(Ordering::SeqCst), before);
    assert!(second.asked.load(Ordering::SeqCst) > 5);
}
