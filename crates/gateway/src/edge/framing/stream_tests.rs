use super::{CheckedStream, HeadLimits, Refusal, StreamTimeouts};
use crate::edge::deadlines::Ticker;
use std::cell::Cell;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

struct Fixture {
    client: DuplexStream,
    server: CheckedStream<DuplexStream>,
    ticker: Rc<Ticker>,
    refusal: Rc<Cell<Option<Refusal>>>,
}

fn fixture() -> Fixture {
    let (client, inner) = tokio::io::duplex(64 * 1024);
    let ticker = Rc::new(Ticker::default());
    let refusal = Rc::new(Cell::new(None));
    let timeouts = StreamTimeouts { head: 1_000, body: 1_000, least_rate: 10 };
    let server = CheckedStream::new(inner, HeadLimits::default(), timeouts, ticker.deadlines(), refusal.clone());
    Fixture { client, server, ticker, refusal }
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
    let Fixture { mut client, mut server, refusal, .. } = fixture();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write_all(format!("{head}1\r\nxBAD").as_bytes()).await.expect("written");
    assert_eq!(read(&mut server).await, format!("{head}1\r\nx"));
    let error = server.read(&mut [0; 16]).await.expect_err("the body is broken");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert_eq!(refusal.get(), Some(Refusal::Chunk));
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

#[tokio::test]
async fn a_body_slower_than_the_least_rate_is_cut_off() {
    let Fixture { mut client, mut server, ticker, refusal } = fixture();
    client.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n").await.expect("written");
    read(&mut server).await;
    for second in 1..=9_u64 {
        ticker.set_now(second * 900);
        client.write_all(b"123456789").await.expect("written");
        assert_eq!(read(&mut server).await, "123456789", "ten bytes a second are enough");
        if second == 3 {
            break;
        }
    }
    ticker.set_now(10_000);
    client.write_all(b"1").await.expect("written");
    let error = server.read(&mut [0; 16]).await.expect_err("too slow");
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(refusal.get(), Some(Refusal::Timeout));
}
