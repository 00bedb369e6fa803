//! An SMTP server (RFC 5321) that keeps what it is given, or refuses it: enough of the protocol for a real client.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A mail as it came over the wire.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    pub to: String,
    /// Headers and body.
    pub data: String,
}

/// Where a server falls silent, its connections open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It accepts, and does not greet.
    BeforeGreeting,
    /// It does not say that the mail may come.
    BeforeData,
    /// It has the whole mail, and does not say so.
    AfterTheDot,
}

/// The server.
#[derive(Clone)]
pub struct SmtpServer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<ReceivedMail>>>,
    refusal: Arc<Mutex<Option<String>>>,
    silence: Arc<Mutex<Option<Silence>>>,
    silent: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    hang_up: Arc<Notify>,
}

impl SmtpServer {
    /// Listens on a free port.
    pub async fn start() -> Self {
        Self::on("127.0.0.1:0".parse().unwrap()).await
    }

    /// Listens on a given address.
    pub async fn on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            refusal: Arc::default(),
            silence: Arc::default(),
            silent: Arc::default(),
            connections: Arc::default(),
            hang_up: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                server.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    tokio::select! {
                        _ = server.talk(stream) => {}
                        () = server.hang_up.notified() => {}
                    }
                });
            }
        });
        server
    }

    /// `smtp+plain://…`
    pub fn url(&self) -> String {
        format!("smtp+plain://{}", self.address)
    }

    /// What came for a recipient.
    pub fn mails_to(&self, recipient: &str) -> Vec<ReceivedMail> {
        self.received.lock().unwrap().iter().filter(|mail| mail.to == recipient).cloned().collect()
    }

    /// Answers `RCPT TO` with this line from now on, such as `451 later`; `None` accepts again.
    pub fn refuse_with(&self, line: Option<&str>) {
        *self.refusal.lock().unwrap() = line.map(str::to_owned);
    }

    /// Falls silent there from now on; `None` speaks again, but not to those that it was silent to.
    pub fn fall_silent(&self, silence: Option<Silence>) {
        *self.silence.lock().unwrap() = silence;
    }

    /// How often it has fallen silent.
    pub fn silences(&self) -> usize {
        self.silent.load(Ordering::SeqCst)
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        self.hang_up.notify_waiters();
    }

    /// Never returns where it is to be silent.
    async fn speak(&self, at: Silence) {
        if *self.silence.lock().unwrap() == Some(at) {
            self.silent.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut recipients: Vec<String> = Vec::new();
        self.speak(Silence::BeforeGreeting).await;
        write.write_all(b"220 double ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "EHLO" => "250-double\r\n250-SMTPUTF8\r\n250 8BITMIME".to_owned(),
                "RCPT" => match self.refusal.lock().unwrap().clone() {
                    Some(refusal) => refusal,
                    None => {
                        let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                        recipients.push(address.to_owned());
                        "250 ok".to_owned()
                    }
                },
                "DATA" => {
                    self.speak(Silence::BeforeData).await;
                    write.write_all(b"354 go on\r\n").await?;
                    let mut data = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        data.push_str(line.strip_prefix('.').unwrap_or(&line));
                        data.push('\n');
                    }
                    self.speak(Silence::AfterTheDot).await;
                    let mut received = self.received.lock().unwrap();
                    received.extend(recipients.drain(..).map(|to| ReceivedMail { to, data: data.clone() }));
                    "250 kept".to_owned()
                }
                "QUIT" => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 ok".to_owned(),
            };
            write.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
        Ok(())
    }
}

impl ReceivedMail {
    /// The body with quoted-printable undone (RFC 2045, section 6.7), which is how long lines and links travel.
    pub fn decoded(&self) -> String {
        let joined = self.data.replace("=\n", "");
        let mut bytes = Vec::with_capacity(joined.len());
        let mut rest = joined.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            let hex = tail.get(..2).and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            match (first, hex) {
                (b'=', Some(byte)) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                _ => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
