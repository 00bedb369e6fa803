//! A service that answers as a closure says, and remembers what it heard; over TLS as well.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, Socket, Type};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as the service heard it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// How many were heard before it.
    pub number: usize,
    /// Its head, in lower case.
    pub head: String,
    pub body: String,
}

/// Whether a connection goes on after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It waits for the next request.
    Keep,
    /// It is closed.
    Close,
}

trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

type Answer = dyn Fn(&Heard, &mut dyn Write) -> Next + Send + Sync;

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    heard: Mutex<Vec<Heard>>,
}

/// A service on a free port.
pub struct Service {
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

impl Service {
    pub fn start(answer: impl Fn(&Heard, &mut dyn Write) -> Next + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(answer))
    }

    /// One that answers each request with 200 and this text.
    pub fn saying(text: &'static str) -> Self {
        Self::start(move |_, out| reply(out, "200 OK", "", text))
    }

    /// One that speaks TLS.
    pub fn over_tls(
        config: Arc<ServerConfig>,
        answer: impl Fn(&Heard, &mut dyn Write) -> Next + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(config), Arc::new(answer))
    }

    fn listen(tls: Option<Arc<ServerConfig>>, answer: Arc<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Seen::default());
        let all = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer, tls) = (all.clone(), answer.clone(), tls.clone());
                seen.connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || match tls {
                    None => serve(stream, &seen, &*answer),
                    Some(config) => {
                        let tls = ServerConnection::new(config).expect("a good configuration");
                        serve(StreamOwned::new(tls, stream), &seen, &*answer);
                    }
                });
            }
        });
        Self { address, seen }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it heard, in that order.
    pub fn heard(&self) -> Vec<Heard> {
        self.seen.heard.lock().expect("no panic").clone()
    }

    /// How many requests it heard.
    pub fn requests(&self) -> usize {
        self.seen.heard.lock().expect("no panic").len()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

/// A port that nobody listens on, for as long as this lives: no other test can be given it.
pub struct DeadPort(Socket);

impl DeadPort {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
        Self(socket)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let address = self.0.local_addr().expect("an address").as_socket().expect("of the internet");
        format!("http://{address}")
    }
}

/// Answers with a body of a known length. `headers` are whole lines.
pub fn reply(out: &mut dyn Write, status: &str, headers: &str, body: &str) -> Next {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    said(out, head.as_bytes())
}

/// Sends bytes.
pub fn said(out: &mut dyn Write, bytes: &[u8]) -> Next {
    let sent = out.write_all(bytes).and_then(|()| out.flush());
    if sent.is_ok() { Next::Keep } else { Next::Close }
}

fn serve(stream: impl Duplex, seen: &Seen, answer: &Answer) {
    let mut stream = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut stream) {
        let heard = {
            let mut all = seen.heard.lock().expect("no panic");
            let heard = Heard { number: all.len(), head, body };
            all.push(heard.clone());
            heard
        };
        if answer(&heard, stream.get_mut()) == Next::Close {
            return;
        }
    }
}

/// A head in lower case, and a body of a known length or in chunks.
fn read_request(stream: &mut impl BufRead) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let mut body = Vec::new();
    if head.contains("transfer-encoding: chunked") {
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            if size == 0 {
                // With trailers or without.
                while line != "\r\n" {
                    line.clear();
                    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
                }
                break;
            }
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).ok()?;
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        body.resize(length.map_or(0, |length| length.parse().unwrap_or(0)), 0);
        stream.read_exact(&mut body).ok()?;
    }
    Some((head, String::from_utf8_lossy(&body).into_owned()))
}
