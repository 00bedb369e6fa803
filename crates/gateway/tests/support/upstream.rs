//! An upstream whose behaviour is scripted by the path, and which counts what it sees.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";
const EARLY: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/// Bytes of a long answer: more than sockets hold.
pub const MUCH: usize = 16 * 1024 * 1024;

#[derive(Clone, Default)]
struct Seen {
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    last: Arc<Mutex<String>>,
}

/// An upstream on a free port.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Seen,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Seen::default();
        let all = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = all.clone();
                seen.connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || serve(stream, &seen));
            }
        });
        Self { address, seen }
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How many heads arrived.
    pub fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// How many requests ended before their body did.
    pub fn broken(&self) -> usize {
        self.seen.broken.load(Ordering::SeqCst)
    }

    /// How many connections the gateway has ended that were waiting for that ("farewell", "waits").
    pub fn ended(&self) -> usize {
        self.seen.ended.load(Ordering::SeqCst)
    }

    /// The last head, in lower case.
    pub fn last(&self) -> String {
        self.seen.last.lock().expect("no panic").to_ascii_lowercase()
    }
}

fn serve(stream: TcpStream, seen: &Seen) {
    let mut reader = BufReader::new(stream.try_clone().expect("a clone"));
    let mut stream = stream;
    while let Some(head) = read_head(&mut reader) {
        seen.requests.fetch_add(1, Ordering::SeqCst);
        *seen.last.lock().expect("no panic") = head.clone();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let last = path.rsplit('/').next().unwrap_or_default();
        if !before_the_body(last, &head, &mut stream) {
            return;
        }
        let Some(body) = read_body(&head, &mut reader, seen) else {
            seen.broken.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let answer = match last {
            "silent" => return thread::sleep(Duration::from_secs(3)),
            "close" => return,
            "garbage" => "NOT HTTP AT ALL\r\n\r\n".to_owned(),
            "half" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this".to_owned(),
            "upgrade" => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_owned(),
            "headers" => "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-Frame-Options: SAMEORIGIN\r\n\
                          X-Orion-User-Id: forged\r\nContent-Length: 2\r\n\r\nok"
                .to_owned(),
            "chunks" => {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_owned()
            }
            "half-chunks" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n".to_owned(),
            "stuck" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
                return thread::sleep(Duration::from_secs(3));
            }
            "much" => format!("HTTP/1.1 200 OK\r\nContent-Length: {MUCH}\r\n\r\n{}", "m".repeat(MUCH)),
            "hints" => format!("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n{OK}"),
            "interim" => format!("{}{OK}", PROCESSING.repeat(12)),
            "endless" => PROCESSING.repeat(10_000),
            "late" => "4\r\nlate\r\n0\r\n\r\n".to_owned(),
            "events" => {
                let _ = stream.write_all(format!("{EARLY}1\r\na\r\n").as_bytes());
                thread::sleep(Duration::from_millis(1_000));
                "1\r\nb\r\n0\r\n\r\n".to_owned()
            }
            "socket" => return echo(&mut reader, &mut stream, seen),
            "trailers" => {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nDigest: abc\r\nX-Orion-Roles: admin\r\n\r\n"
                    .to_owned()
            }
            "waits" => return until_ended(&mut stream, seen),
            "unfit" => "HTTP/1.1 415 Unsupported Media Type\r\nContent-Length: 2\r\n\r\nno".to_owned(),
            "empty" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            last => {
                match last {
                    "slow" => thread::sleep(Duration::from_millis(900)),
                    "slower" => thread::sleep(Duration::from_millis(2_500)),
                    _ => {}
                }
                let body = format!("{} bytes", body.len());
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
        };
        let answer =
            if head.starts_with("HEAD") { "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n".to_owned() } else { answer };
        if stream.write_all(answer.as_bytes()).is_err() || matches!(last, "once" | "half" | "half-chunks" | "garbage") {
            return;
        }
        match last {
            "farewell" => {
                let _ = stream.shutdown(Shutdown::Write);
                return until_ended(&mut stream, seen);
            }
            // As if it had closed just when the next request was on its way.
            "fickle" => return drop(read_head(&mut reader)),
            _ => {}
        }
    }
}

/// What some paths do before they have read the body; false ends the connection.
fn before_the_body(last: &str, head: &str, stream: &mut TcpStream) -> bool {
    let expects = head.to_ascii_lowercase().contains("expect: 100-continue");
    match last {
        "early" => {
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nearly");
            thread::sleep(Duration::from_millis(200));
            false
        }
        "refused" => {
            // Closing with bytes unread resets the connection behind the answer.
            let _ =
                stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused");
            false
        }
        "stalls" => {
            thread::sleep(Duration::from_secs(3));
            false
        }
        "guarded" if expects => {
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nguarded");
            thread::sleep(Duration::from_millis(200));
            false
        }
        "granted" if expects => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok(),
        "late" => stream.write_all(format!("{EARLY}5\r\nearly\r\n").as_bytes()).is_ok(),
        _ => true,
    }
}

/// Waits until the gateway ends the connection, and counts that.
fn until_ended(stream: &mut TcpStream, seen: &Seen) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    match stream.read(&mut [0]) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
        _ => drop(seen.ended.fetch_add(1, Ordering::SeqCst)),
    }
}

fn read_head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

/// Agrees on another protocol, in which every byte is said again; says farewell when the other side ends.
fn echo(reader: &mut BufReader<TcpStream>, stream: &mut TcpStream, seen: &Seen) {
    let _ = stream
        .write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhello ");
    let mut space = [0; 4096];
    while let Ok(length @ 1..) = reader.read(&mut space) {
        if stream.write_all(&space[..length]).is_err() {
            return;
        }
    }
    seen.ended.fetch_add(1, Ordering::SeqCst);
    let _ = stream.write_all(b" farewell");
}

fn read_body(head: &str, reader: &mut BufReader<TcpStream>, seen: &Seen) -> Option<Vec<u8>> {
    let head = head.to_ascii_lowercase();
    if head.contains("transfer-encoding: chunked") {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            if size == 0 {
                let mut line = String::from(" ");
                while !line.trim().is_empty() || line == " " {
                    line.clear();
                    reader.read_line(&mut line).ok()?;
                    seen.last.lock().expect("no panic").push_str(&line);
                }
                return Some(body);
            }
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            body.extend_from_slice(&chunk[..size]);
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |value| value.parse().unwrap_or(0));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok().map(|()| body)
}
