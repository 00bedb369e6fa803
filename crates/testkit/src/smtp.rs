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

/// A moment of the protocol at which a server falls silent, its connections open, or hangs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has accepted, and not greeted.
    BeforeGreeting,
    /// It was told that a mail comes.
    BeforeMail,
    /// It has not said that the mail may come.
    BeforeData,
    /// It has the whole mail, and has not said so.
    AfterTheDot,
}

/// What the server does at a moment.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Silence,
    HangUp,
    /// Once, and then no more.
    HangUpOnce,
}

/// The server.
#[derive(Clone)]
pub struct SmtpServer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<ReceivedMail>>>,
    refusal: Arc<Mutex<Option<String>>>,
    refusal_of_sender: Arc<Mutex<Option<String>>>,
    greeting: Arc<Mutex<String>>,
    trouble: Arc<Mutex<Option<(Moment, Trouble)>>>,
    silences: Arc<AtomicUsize>,
    hellos: Arc<Mutex<Vec<String>>>,
    extensions: Arc<Mutex<Vec<&'static str>>>,
    connections: Arc<AtomicUsize>,
    hang_up: Arc<Notify>,
    resume: Arc<Notify>,
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
            refusal_of_sender: Arc::default(),
            greeting: Arc::new(Mutex::new("220 double ESMTP".to_owned())),
            trouble: Arc::default(),
            silences: Arc::default(),
            hellos: Arc::default(),
            extensions: Arc::new(Mutex::new(vec!["SMTPUTF8", "8BITMIME"])),
            connections: Arc::default(),
            hang_up: Arc::default(),
            resume: Arc::default(),
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

    /// Answers `MAIL FROM` with this line from now on, such as `530 log in first`; `None` accepts again.
    pub fn refuse_the_sender_with(&self, line: Option<&str>) {
        *self.refusal_of_sender.lock().unwrap() = line.map(str::to_owned);
    }

    /// Greets with this line from now on, such as `554 go away`.
    pub fn greet_with(&self, line: &str) {
        *self.greeting.lock().unwrap() = line.to_owned();
    }

    /// Falls silent at that moment from now on; `None` speaks again, but not to those that it was silent to.
    pub fn fall_silent(&self, moment: Option<Moment>) {
        *self.trouble.lock().unwrap() = moment.map(|moment| (moment, Trouble::Silence));
    }

    /// Goes on with those that it was silent to, late as it is.
    pub fn resume(&self) {
        self.fall_silent(None);
        self.resume.notify_waiters();
    }

    /// Hangs up at that moment from now on, or the next time only.
    pub fn hang_up_at(&self, moment: Moment, once: bool) {
        let trouble = if once { Trouble::HangUpOnce } else { Trouble::HangUp };
        *self.trouble.lock().unwrap() = Some((moment, trouble));
    }

    /// How often it has fallen silent.
    pub fn silences(&self) -> usize {
        self.silences.load(Ordering::SeqCst)
    }

    /// Says from now on that it can do this, and nothing else.
    pub fn offer(&self, extensions: &[&'static str]) {
        *self.extensions.lock().unwrap() = extensions.to_vec();
    }

    /// By which names it was greeted.
    pub fn hellos(&self) -> Vec<String> {
        self.hellos.lock().unwrap().clone()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        self.hang_up.notify_waiters();
    }

    /// Whether it goes on at this moment; waits where it is to be silent.
    async fn goes_on(&self, at: Moment) -> bool {
        let trouble = {
            let mut trouble = self.trouble.lock().unwrap();
            let now = trouble.filter(|(moment, _)| *moment == at).map(|(_, trouble)| trouble);
            if matches!(now, Some(Trouble::HangUpOnce)) {
                *trouble = None;
            }
            now
        };
        if matches!(trouble, Some(Trouble::Silence)) {
            let resumed = self.resume.notified();
            self.silences.fetch_add(1, Ordering::SeqCst);
            resumed.await;
        }
        !matches!(trouble, Some(Trouble::HangUp | Trouble::HangUpOnce))
    }

    fn greeted(&self, line: &str) -> String {
        self.hellos.lock().unwrap().push(line.split(' ').nth(1).unwrap_or_default().to_owned());
        let mut lines = vec!["double"];
        lines.extend(self.extensions.lock().unwrap().iter());
        let last = lines.len() - 1;
        let line = |(at, text): (usize, &&str)| format!("250{}{text}", if at == last { ' ' } else { '-' });
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut recipients: Vec<String> = Vec::new();
        if !self.goes_on(Moment::BeforeGreeting).await {
            return Ok(());
        }
        let greeting = self.greeting.lock().unwrap().clone();
        write.write_all(format!("{greeting}\r\n").as_bytes()).await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "EHLO" => self.greeted(&line),
                "MAIL" => {
                    if !self.goes_on(Moment::BeforeMail).await {
                        return Ok(());
                    }
                    recipients.clear();
                    let refusal = self.refusal_of_sender.lock().unwrap().clone();
                    refusal.unwrap_or_else(|| "250 ok".to_owned())
                }
                "RCPT" => match self.refusal.lock().unwrap().clone() {
                    Some(refusal) => refusal,
                    None => {
                        let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                        recipients.push(address.to_owned());
                        "250 ok".to_owned()
                    }
                },
                "DATA" => {
                    if !self.goes_on(Moment::BeforeData).await {
                        return Ok(());
                    }
                    write.write_all(b"354 go on\r\n").await?;
                    let mut data = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        data.push_str(line.strip_prefix('.').unwrap_or(&line));
                        data.push('\n');
                    }
                    if !self.goes_on(Moment::AfterTheDot).await {
                        return Ok(());
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
