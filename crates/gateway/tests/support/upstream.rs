//! An upstream whose behaviour is scripted by the path, and which counts what it sees.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Clone, Default)]
struct Seen {
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
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
        if path.ends_with("/early") {
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nearly");
            thread::sleep(Duration::from_millis(200));
            return;
        }
        if path.ends_with("/refused") {
            // Closing with bytes unread resets the connection behind the answer.
            let _ =
                stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused");
            return;
        }
        let Some(body) = read_body(&head, &mut reader) else {
            seen.broken.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let last = path.rsplit('/').next().unwrap_or_default();
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
            "empty" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            last => {
                if last == "slow" {
                    thread::sleep(Duration::from_millis(900));
                }
                let body = format!("{} bytes", body.len());
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
        };
        let answer =
            if head.starts_with("HEAD") { "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n".to_owned() } else { answer };
        if stream.write_all(answer.as_bytes()).is_err() || matches!(last, "once" | "half" | "garbage") {
            return;
        }
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

fn read_body(head: &str, reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let head = head.to_ascii_lowercase();
    if head.contains("transfer-encoding: chunked") {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                return Some(body);
            }
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
