//! What both sides of the gateway share: byte streams, their deadlines, and the grammar of HTTP/1.1 bodies.

mod chunked;
mod deadlines;
pub mod fields;
mod stream;
mod token;
mod trailers;

pub use chunked::{BadChunk, Chunked, Piece};
pub use deadlines::{Deadline, TICK, Ticker};
pub use stream::{Stream, prepare};
pub use token::{TOKEN, is_token};
pub use trailers::{Trailers, put_trailers};
