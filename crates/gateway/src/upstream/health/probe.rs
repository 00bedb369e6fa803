//! One question to one endpoint.

use crate::upstream::config::HealthConfig;
use crate::upstream::endpoint::Place;
use http::StatusCode;
use httparse::Status;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes that the head of an answer may have.
const MAX_HEAD: usize = 16 * 1024;
/// Fields that it may have.
const MAX_FIELDS: usize = 100;

/// Gets the path of the health check on a new connection. Else why the endpoint is not well.
pub(super) async fn get<S>(mut stream: S, place: &Place, health: &HealthConfig) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = Vec::with_capacity(256);
    for part in [b"GET ", place.base.as_bytes(), health.path.as_bytes(), b" HTTP/1.1\r\nhost: ", place.host.as_bytes()]
    {
        head.extend_from_slice(part);
    }
    head.extend_from_slice(b"\r\nuser-agent: orion-health\r\naccept: */*\r\nconnection: close\r\n\r\n");
    let failed = |error: io::Error| format!("it broke off: {error}");
    stream.write_all(&head).await.map_err(failed)?;
    let mut answer = Vec::new();
    loop {
        if let Some(status) = status(&answer)? {
            let is_well = health.statuses.iter().any(|range| range.has(status.as_u16()));
            return if is_well { Ok(()) } else { Err(format!("it answered {status}")) };
        }
        if answer.len() > MAX_HEAD {
            return Err("the head of its answer is too long".to_owned());
        }
        if stream.read_buf(&mut answer).await.map_err(failed)? == 0 {
            return Err("it closed without an answer".to_owned());
        }
    }
}

/// The status of an answer, once its head is there. The body is nobody's concern.
fn status(answer: &[u8]) -> Result<Option<StatusCode>, String> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut head = httparse::Response::new(&mut fields);
    let parsed = head.parse(answer).map_err(|error| format!("what it answered is no HTTP: {error}"))?;
    let whole = matches!(parsed, Status::Complete(_));
    Ok(head.code.filter(|_| whole).and_then(|code| StatusCode::from_u16(code).ok()))
}
