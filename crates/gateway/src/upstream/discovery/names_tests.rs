use super::{Answer, Discovery, Found};
use crate::upstream::config::DnsConfig;
use crate::upstream::{Cluster, Clusters, UpstreamConfig};
use orion_infra::Clock;
use orion_infra::clock::ClockControl;
use orion_infra::tasks::{Supervisor, TaskStates};
use prometheus::{IntCounterVec, Opts};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Said = Result<Answer, String>;

struct Discovered {
    clusters: Arc<Mutex<Clusters>>,
    says: Arc<Mutex<Said>>,
    control: ClockControl,
    _supervisor: Supervisor,
}

fn answer(last: &[u8]) -> Said {
    let found = last.iter().map(|last| Found { address: ([10, 0, 0, *last], 8080).into(), weight: u32::from(*last) });
    Ok(Answer { found: found.collect(), is_whole: true, lasts: Some(Duration::from_secs(5)) })
}

fn clusters(previous: Option<&Clusters>, more: &str) -> Clusters {
    let text = format!("name = \"shop\"\ndns = {{ url = \"https://shop.internal:8080/v1\", keep_ms = 60000 }}\n{more}");
    let config: UpstreamConfig = toml::from_str(&text).expect("a configuration");
    let clusters = Clusters::of_configs(previous, &[config], "", Duration::from_secs(1));
    clusters.unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn discover(said: Said) -> Discovered {
    let (clock, control) = Clock::adjustable();
    let clusters = Arc::new(Mutex::new(clusters(None, "")));
    let says = Arc::new(Mutex::new(said));
    let all = {
        let clusters = clusters.clone();
        move || clusters.lock().expect("no panic").all()
    };
    let look_up = {
        let says = says.clone();
        move |_: DnsConfig| std::future::ready(says.lock().expect("no panic").clone())
    };
    let restarts = IntCounterVec::new(Opts::new("restarts", "of tasks"), &["task"]).expect("a counter");
    let mut supervisor = Supervisor::new(clock.clone(), restarts, TaskStates::default());
    supervisor.spawn(Discovery::new(all, look_up, clock).task());
    Discovered { clusters, says, control, _supervisor: supervisor }
}

impl Discovered {
    fn cluster(&self) -> Arc<Cluster> {
        self.clusters.lock().expect("no panic").get("shop").expect("it is there").clone()
    }

    fn say(&self, said: Said) {
        *self.says.lock().expect("no panic") = said;
    }

    fn addresses(&self) -> Vec<String> {
        self.cluster().endpoints().iter().map(|endpoint| endpoint.place.address.to_string()).collect()
    }

    /// Waits until these are the endpoints, while the clock goes on by a second again and again.
    async fn becomes(&self, addresses: &[&str]) {
        let becomes = async {
            while self.addresses() != addresses {
                self.control.advance(Duration::from_secs(1));
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), becomes)
            .await
            .unwrap_or_else(|_| panic!("{:?}", self.addresses()));
    }
}

#[tokio::test]
async fn endpoints_follow_what_dns_says() {
    let discovered = discover(answer(&[1, 2]));
    discovered.becomes(&["10.0.0.1:8080", "10.0.0.2:8080"]).await;
    let endpoints = discovered.cluster().endpoints();
    let place = &endpoints[1].place;
    assert_eq!(
        (&*place.host_name, place.host.to_str().ok(), &*place.base),
        ("shop.internal", Some("shop.internal:8080"), "/v1")
    );
    assert!(place.is_tls);
    assert_eq!(discovered.cluster().snapshot(Duration::ZERO).endpoints[1].weight, 2);
    discovered.say(answer(&[2, 3]));
    discovered.becomes(&["10.0.0.2:8080", "10.0.0.3:8080"]).await;
    assert_eq!(discovered.cluster().endpoints()[0].id, endpoints[1].id, "who stays is the same");
}

#[tokio::test]
async fn the_last_answer_counts_on_while_dns_is_away_and_not_for_ever() {
    let discovered = discover(answer(&[1]));
    discovered.becomes(&["10.0.0.1:8080"]).await;
    discovered.say(Err("no server answers".to_owned()));
    discovered.control.advance(Duration::from_secs(30));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(discovered.addresses(), ["10.0.0.1:8080"]);
    discovered.becomes(&[]).await;
    discovered.say(answer(&[1]));
    discovered.becomes(&["10.0.0.1:8080"]).await;
}

#[tokio::test]
async fn another_definition_of_the_same_name_has_the_same_endpoints_at_once() {
    let discovered = discover(answer(&[1]));
    discovered.becomes(&["10.0.0.1:8080"]).await;
    let before = discovered.cluster().endpoints()[0].id;
    let next = clusters(Some(&discovered.clusters.lock().expect("no panic")), "balance = \"random\"");
    *discovered.clusters.lock().expect("no panic") = next;
    assert_eq!(discovered.cluster().endpoints()[0].id, before);
    discovered.say(answer(&[1, 4]));
    discovered.becomes(&["10.0.0.1:8080", "10.0.0.4:8080"]).await;
    assert_eq!(discovered.cluster().endpoints()[0].id, before);
}
