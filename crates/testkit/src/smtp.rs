//! An SMTP server (RFC 5321) that keeps what it is given, or refuses it: enough of the protocol for a real client.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it came over the wire.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    pub to: String,
    /// Headers and body.
    pub data: String,
}

/// The server.
#[derive(Clone)]
pub struct SmtpServer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<ReceivedMail>>>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl SmtpServer {
    /// Listens on a free port.
    pub async fn start() -> Self {
        Self::on("127.0.0.1:0".parse().unwrap()).await
    }

    /// Listens on a given address.
    pub async fn on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let server =
            Self { address: listener.local_addr().unwrap(), received: Arc::default(), refusal: Arc::default() };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move {
                    let _ = server.talk(stream).await;
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

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut recipients: Vec<String> = Vec::new();
        write.write_all(b"220 double ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "EHLO" => "250-double\r\n250 8BITMIME".to_owned(),
                "RCPT" => match self.refusal.lock().unwrap().clone() {
                    Some(refusal) => refusal,
                    None => {
                        let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                        recipients.push(address.to_owned());
                        "250 ok".to_owned()
                    }
                },
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    let mut data = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        data.push_str(line.strip_prefix('.').unwrap_or(&line));
                        data.push('\n');
                    }
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
