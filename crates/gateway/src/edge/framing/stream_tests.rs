use super::{CheckedStream, HeadLimits, Refusal, Seen, StreamTimeouts};
use crate::edge::deadlines::Ticker;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

struct Fixture {
    client: DuplexStream,
    server: CheckedStream<DuplexStream>,
    ticker: Rc<Ticker>,
    seen: Rc<Seen>,
}

fn fixture() -> Fixture {
    let (client, inner) = tokio::io::duplex(64 * 1024);
    let ticker = Rc::new(Ticker::default());
    let seen = Rc::new(Seen::default());
    let timeouts = StreamTimeouts { head: 1_000, body: 1_000, least_rate: 10, whole_body: 60_000 };
    let server = CheckedStream::new(inner, HeadLimits::default(), timeouts, ticker.deadlines(), seen.clone());
    Fixture { client, server, ticker, seen }
}

async fn read(stream: &mut CheckedStream<DuplexStream>) -> String {
    let mut bytes = [0; 1024];
    let length = stream.read(&mut bytes).await.expect("readable");
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

#[tokio::test]
async fn a_head_passes_when_it_is_whole_and_not_before() {
    let Fixture { mut client, mut server, .. } = fixture();
    client.write_all(b"GET / HTTP/1.1\r\nHo").await.expect("written");
    let reading = tokio::time::timeout(std::time::Duration::from_millis(20), read(&mut server));
    assert!(reading.await.is_err(), "half a head must not be seen");
    client.write_all(b"st: a\r\n\r\nGET /2 HT").await.expect("written");
    assert_eq!(read(&mut server).await, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(b"TP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    assert_eq!(read(&mut server).await, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
}

#[tokio::test]
async fn a_bad_head_is_replaced_behind_the_good_one_before_it() {
    let Fixture { mut client, mut server, .. } = fixture();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n")
        .await
        .expect("written");
    assert_eq!(read(&mut server).await, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(read(&mut server).await.starts_with("ORION-REFUSED /host HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_bad_body_ends_in_an_error_that_says_why() {
    let Fixture { mut client, mut server, seen, .. } = fixture();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write_all(format!("{head}1\r\nxBAD").as_bytes()).await.expect("written");
    assert_eq!(read(&mut server).await, format!("{head}1\r\nx"));
    let error = server.read(&mut [0; 16]).await.expect_err("the body is broken");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert_eq!(seen.refusal.get(), Some(Refusal::Chunk));
}

#[tokio::test]
async fn a_head_that_does_not_arrive_in_time_is_refused() {
    let Fixture { mut client, mut server, ticker, .. } = fixture();
    client.write_all(b"GET / HTTP/1.1\r\n").await.expect("written");
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async move {
            let reading = tokio::task::spawn_local(async move { read(&mut server).await });
            tokio::task::yield_now().await;
            ticker.set_now(2_000);
            // Drips of bytes buy no time.
            client.write_all(b"X").await.expect("written");
            assert!(reading.await.expect("no panic").starts_with("ORION-REFUSED /timeout HTTP/1.1\r\n"));
        })
        .await;
}

/// Asks for bytes, lets time pass while it waits, and gives some.
async fn read_at(fixture: &mut Fixture, now: u64, bytes: &[u8]) -> std::io::Result<usize> {
    let Fixture { client, server, ticker, .. } = fixture;
    let mut space = [0; 64];
    let (read, ()) = tokio::join!(server.read(&mut space), async {
        ticker.set_now(now);
        client.write_all(bytes).await.expect("written");
    });
    read
}

#[tokio::test]
async fn a_body_slower_than_the_least_rate_is_cut_off() {
    let mut fixture = fixture();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n";
    fixture.client.write_all(head).await.expect("written");
    read(&mut fixture.server).await;
    for second in 1..=3_u64 {
        let read = read_at(&mut fixture, second * 900, b"123456789").await;
        assert_eq!(read.expect("ten bytes a second are enough"), 9);
    }
    let error = read_at(&mut fixture, 10_000, b"1").await.expect_err("too slow");
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(fixture.seen.refusal.get(), Some(Refusal::Timeout));
}

#[tokio::test]
async fn time_in_which_nobody_asks_for_a_body_is_not_the_clients() {
    let Fixture { mut client, mut server, ticker, seen } = fixture();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n").await.expect("written");
    read(&mut server).await;
    ticker.set_now(30_000);
    client.write_all(b"123456789").await.expect("written");
    assert_eq!(read(&mut server).await, "123456789");
    assert_eq!(seen.refusal.get(), None);
}

#[tokio::test]
async fn a_body_that_comes_steadily_for_too_long_is_cut_off_all_the_same() {
    let mut fixture = fixture();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n";
    fixture.client.write_all(head).await.expect("written");
    read(&mut fixture.server).await;
    for half_second in 1..120 {
        let read = read_at(&mut fixture, half_second * 500, b"123456789").await;
        assert_eq!(read.expect("it is fast enough"), 9);
    }
    read_at(&mut fixture, 60_000, b"123456789").await.expect_err("a minute is over");
    assert_eq!(fixture.seen.refusal.get(), Some(Refusal::Timeout));
}

#[tokio::test]
async fn a_client_that_ends_its_side_is_seen_to_have_ended_once_its_requests_are_answered() {
    let Fixture { mut client, mut server, seen, .. } = fixture();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    client.shutdown().await.expect("ended");
    read(&mut server).await;
    let mut space = [0; 16];
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), server.read(&mut space));
    assert!(waiting.await.is_err(), "it waits for an answer");
    seen.answered();
    assert_eq!(server.read(&mut space).await.expect("the end"), 0);
}
