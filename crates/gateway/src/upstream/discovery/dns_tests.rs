use super::DnsLookups;
use crate::upstream::config::DnsConfig;
use crate::upstream::discovery::Answer;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::time::Duration;
use tokio::net::UdpSocket;

/// What a server says to a question.
type Says = fn(&str, RecordType) -> Result<Vec<(u32, RData)>, ResponseCode>;

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

fn v4(last: u8) -> RData {
    RData::A(A::new(10, 0, 0, last))
}

fn srv(priority: u16, weight: u16, port: u16, target: &str) -> RData {
    RData::SRV(SRV::new(priority, weight, port, name(target)))
}

/// Look-ups that ask a server which says this.
async fn lookups(says: Says) -> DnsLookups {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut bytes = [0; 1500];
        while let Ok((read, from)) = socket.recv_from(&mut bytes).await {
            let asked = Message::from_vec(&bytes[..read]).expect("a question");
            let query = asked.queries[0].clone();
            let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
            answer.add_query(query.clone());
            match says(&query.name().to_ascii(), query.query_type()) {
                Ok(records) => {
                    let record = |(ttl, data)| Record::from_rdata(query.name().clone(), ttl, data);
                    answer.add_answers(records.into_iter().map(record));
                }
                Err(code) => answer.metadata.response_code = code,
            }
            let _ = socket.send_to(&answer.to_vec().expect("an answer"), from).await;
        }
    });
    let mut connection = ConnectionConfig::udp();
    connection.port = address.port();
    let server = NameServerConfig::new(address.ip(), true, vec![connection]);
    let config = ResolverConfig::from_name_servers(vec![server]);
    DnsLookups::of(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())).expect("look-ups")
}

async fn look_up(says: Says, service: Option<&str>) -> Result<Answer, String> {
    let config: DnsConfig = serde_json::from_value(serde_json::json!({
        "url": "http://shop.test.:8080", "service": service,
    }))
    .expect("a configuration");
    lookups(says).await.look_up(&config).await
}

fn shown(answer: &Answer) -> Vec<String> {
    let mut shown: Vec<_> = answer.found.iter().map(|found| format!("{} {}", found.address, found.weight)).collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn a_host_is_where_both_kinds_of_its_addresses_are() {
    let says: Says = |name, kind| match (name, kind) {
        ("shop.test.", RecordType::A) => Ok(vec![(60, v4(1)), (60, v4(2))]),
        ("shop.test.", RecordType::AAAA) => Ok(vec![(20, RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)))]),
        _ => Err(ResponseCode::NXDomain),
    };
    let answer = look_up(says, None).await.expect("an answer");
    assert_eq!(shown(&answer), ["10.0.0.1:8080 1", "10.0.0.2:8080 1", "[2001:db8::7]:8080 1"]);
    assert_eq!((answer.is_whole, answer.lasts), (true, Some(Duration::from_secs(20))));
}

#[tokio::test]
async fn that_there_is_nothing_is_an_answer_and_that_a_server_fails_is_none() {
    for says in [(|_, _| Ok(Vec::new())) as Says, |_, _| Err(ResponseCode::NXDomain)] {
        assert_eq!(look_up(says, None).await, Ok(Answer { found: Vec::new(), is_whole: true, lasts: None }));
        let service = look_up(says, Some("_shop._tcp.test.")).await;
        assert_eq!(service, Ok(Answer { found: Vec::new(), is_whole: true, lasts: None }));
    }
    assert!(look_up(|_, _| Err(ResponseCode::ServFail), None).await.is_err());
    assert!(look_up(|_, _| Err(ResponseCode::Refused), Some("_shop._tcp.test.")).await.is_err());
}

#[tokio::test]
async fn when_one_kind_fails_the_answer_is_half_of_one() {
    let says: Says = |_, kind| match kind {
        RecordType::A => Ok(vec![(60, v4(1))]),
        _ => Err(ResponseCode::ServFail),
    };
    let answer = look_up(says, None).await.expect("an answer");
    assert_eq!((shown(&answer), answer.is_whole), (vec!["10.0.0.1:8080 1".to_owned()], false));
}

#[tokio::test]
async fn a_service_is_where_its_records_of_the_first_priority_lead() {
    let says: Says = |name, kind| match (name, kind) {
        ("_shop._tcp.test.", RecordType::SRV) => Ok(vec![
            (30, srv(1, 0, 8001, "one.test.")),
            (30, srv(1, 40, 8002, "two.test.")),
            (30, srv(2, 10, 8003, "later.test.")),
        ]),
        ("one.test.", RecordType::A) => Ok(vec![(10, v4(1))]),
        ("two.test.", RecordType::A) => Ok(vec![(60, v4(2)), (60, v4(3))]),
        ("later.test.", RecordType::A) => Ok(vec![(60, v4(4))]),
        _ => Ok(Vec::new()),
    };
    let answer = look_up(says, Some("_shop._tcp.test.")).await.expect("an answer");
    assert_eq!(shown(&answer), ["10.0.0.1:8001 1", "10.0.0.2:8002 40", "10.0.0.3:8002 40"]);
    assert_eq!((answer.is_whole, answer.lasts), (true, Some(Duration::from_secs(10))));
    let none: Says = |_, _| Ok(vec![(30, srv(0, 0, 0, "."))]);
    assert_eq!(look_up(none, Some("_shop._tcp.test.")).await.map(|answer| answer.found), Ok(Vec::new()));
}

#[tokio::test]
async fn an_address_is_asked_of_nobody() {
    let config: DnsConfig =
        serde_json::from_value(serde_json::json!({ "url": "http://[2001:db8::7]" })).expect("a configuration");
    let answer = lookups(|_, _| Err(ResponseCode::ServFail)).await.look_up(&config).await.expect("an answer");
    assert_eq!(shown(&answer), ["[2001:db8::7]:80 1"]);
}
