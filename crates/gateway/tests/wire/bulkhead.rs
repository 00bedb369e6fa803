//! Bulkheads: an upstream has so many requests at once, a few wait, and the rest is told so.

use super::service::{Service, reply};
use super::support::Gateway;
use super::{ask, connect, eventually, exchange, get, hang_up, problem, serve};
use crate::answer::Answer;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// A door before which a service waits.
#[derive(Default)]
struct Door(Mutex<bool>, Condvar);

impl Door {
    fn open(&self) {
        *self.0.lock().expect("no panic") = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let is_open = self.0.lock().expect("no panic");
        let long = Duration::from_secs(10);
        drop(self.1.wait_timeout_while(is_open, long, |is_open| !*is_open).expect("no panic"));
    }
}

/// An upstream that may have one request at once, and one that waits.
fn narrow(queue_ms: u64) -> (Gateway, Service, Arc<Door>) {
    let door = Arc::new(Door::default());
    let waits = door.clone();
    let service = Service::start(move |_, out| {
        waits.pass();
        reply(out, "200 OK", "", "done")
    });
    let gateway = serve(json!({
        "routes": [{ "name": "shop", "path": "/*", "upstream": "shop", "access": "public", "timeout_ms": 20_000 }],
        "upstreams": [{
            "name": "shop", "endpoints": [{ "url": service.url() }],
            "max_requests": 1, "max_queued": 1, "queue_ms": queue_ms,
        }],
    }));
    (gateway, service, door)
}

fn send(gateway: &Gateway) -> TcpStream {
    let mut stream = connect(gateway);
    stream.write_all(&get("/", "")).expect("written");
    stream
}

/// One that waits in the line: the next one is refused at once.
fn stand_in_line(gateway: &Gateway) -> TcpStream {
    let stream = send(gateway);
    // Nothing tells from outside that it has come that far.
    std::thread::sleep(Duration::from_millis(200));
    stream
}

#[test]
fn the_second_waits_and_the_third_is_told_to_come_back() {
    let (gateway, service, door) = narrow(8_000);
    let mut first = send(&gateway);
    eventually("the first is there", || service.requests() == 1);
    let mut second = stand_in_line(&gateway);
    let began = Instant::now();
    let third = exchange(&gateway, &get("/", ""));
    assert!(third.contains("retry-after: 1\r\n") && began.elapsed() < Duration::from_secs(1), "{third}");
    assert_eq!(problem(&third)["status"], 503);
    assert_eq!(service.requests(), 1);
    door.open();
    for stream in [&mut first, &mut second] {
        let answer = Answer::read(stream).expect("an answer");
        assert_eq!((answer.status, answer.text()), (200, "done".to_owned()));
    }
    assert_eq!(ask(&gateway, &get("/", "")).status, 200, "and all is as before");
}

#[test]
fn who_gives_up_in_the_line_leaves_it() {
    let (gateway, service, door) = narrow(8_000);
    let mut first = send(&gateway);
    eventually("the first is there", || service.requests() == 1);
    hang_up(stand_in_line(&gateway));
    // The place in the line is free again, and the next one gets an answer.
    std::thread::sleep(Duration::from_millis(200));
    let mut third = stand_in_line(&gateway);
    door.open();
    assert_eq!(Answer::read(&mut first).expect("an answer").status, 200);
    assert_eq!(Answer::read(&mut third).expect("an answer").status, 200);
    assert_eq!(service.requests(), 2, "who has gone was not sent on");
}

#[test]
fn nobody_waits_for_longer_than_the_line_allows() {
    let (gateway, service, door) = narrow(300);
    let mut first = send(&gateway);
    eventually("the first is there", || service.requests() == 1);
    let began = Instant::now();
    let second = exchange(&gateway, &get("/", ""));
    assert_eq!(problem(&second)["status"], 503);
    assert!((250..2_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    door.open();
    assert_eq!(Answer::read(&mut first).expect("an answer").status, 200);
    assert_eq!(ask(&gateway, &get("/", "")).status, 200);
    assert_eq!(service.requests(), 2);
}

#[test]
fn a_client_that_goes_gives_its_place_to_who_waits() {
    let (gateway, service, door) = narrow(8_000);
    let first = send(&gateway);
    eventually("the first is there", || service.requests() == 1);
    let mut second = stand_in_line(&gateway);
    hang_up(first);
    eventually("the second is there", || service.requests() == 2);
    door.open();
    assert_eq!(Answer::read(&mut second).expect("an answer").status, 200);
}
