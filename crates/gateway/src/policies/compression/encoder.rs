//! The codecs, all used alike: bytes are written, and what has come of them is taken.
//!
//! Levels are chosen for speed: a gateway compresses what it sends once, and a request on the same core waits meanwhile. What
//! they give is printed by `levels_and_what_they_cost`, an ignored test.

use super::coding::Coding;
use brotli::enc::BrotliEncoderParams;
use bytes::{BufMut, Bytes, BytesMut};
use std::io::{self, Write};
use zstd::zstd_safe::CParameter;

/// What bytes are written to.
type Out = bytes::buf::Writer<BytesMut>;

/// A codec failed, which only happens when there is no memory. The answer breaks off.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be compressed: {0}")]
pub struct CodecFailed(#[from] io::Error);

/// Compresses one body.
pub struct Encoder {
    codec: Codec,
    /// What has come of a codec that has ended.
    ended: BytesMut,
}

enum Codec {
    Gzip(flate2::write::GzEncoder<Out>),
    Brotli(Box<brotli::CompressorWriter<Out>>),
    Zstd(zstd::stream::write::Encoder<'static, Out>),
    Ended,
}

/// gzip's level, of 0 to 9.
const GZIP_LEVEL: u32 = 4;
/// Brotli's level, of 0 to 11.
const BROTLI_LEVEL: i32 = 4;
/// Zstandard's level, of 1 to 22.
const ZSTD_LEVEL: i32 = 1;
/// How far brotli and zstd look back: 2^18 bytes. More costs each answer under way more memory, for little.
const WINDOW: u32 = 18;
/// What brotli writes at once.
const BROTLI_BUFFER: usize = 4096;

impl Encoder {
    /// Begins a body, of `length` bytes if that is known.
    pub fn new(coding: Coding, length: Option<u64>) -> Result<Self, CodecFailed> {
        let level = match coding {
            Coding::Gzip => GZIP_LEVEL as i32,
            Coding::Brotli => BROTLI_LEVEL,
            Coding::Zstd => ZSTD_LEVEL,
        };
        Self::with_level(coding, level, WINDOW, length)
    }

    pub(super) fn with_level(
        coding: Coding,
        level: i32,
        window: u32,
        length: Option<u64>,
    ) -> Result<Self, CodecFailed> {
        let out = BytesMut::new().writer();
        // No more than there is to look back at.
        let needed = length.map_or(window, |length| (u64::BITS - length.leading_zeros()).clamp(10, window));
        let codec = match coding {
            Coding::Gzip => {
                Codec::Gzip(flate2::write::GzEncoder::new(out, flate2::Compression::new(level.unsigned_abs())))
            }
            Coding::Brotli => {
                let parameters = BrotliEncoderParams {
                    quality: level,
                    lgwin: needed as i32,
                    size_hint: length.unwrap_or_default() as usize,
                    ..BrotliEncoderParams::default()
                };
                Codec::Brotli(Box::new(brotli::CompressorWriter::with_params(out, BROTLI_BUFFER, &parameters)))
            }
            Coding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(out, level)?;
                encoder.set_parameter(CParameter::WindowLog(needed))?;
                Codec::Zstd(encoder)
            }
        };
        Ok(Self { codec, ended: BytesMut::new() })
    }

    /// Takes bytes of the body. What comes of them may be held back until there are more, or until a flush.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), CodecFailed> {
        match &mut self.codec {
            Codec::Gzip(codec) => codec.write_all(bytes)?,
            Codec::Brotli(codec) => codec.write_all(bytes)?,
            Codec::Zstd(codec) => codec.write_all(bytes)?,
            Codec::Ended => {}
        }
        Ok(())
    }

    /// Holds nothing back: who has read all that came of it so far, has read all that was written.
    pub fn flush(&mut self) -> Result<(), CodecFailed> {
        match &mut self.codec {
            Codec::Gzip(codec) => codec.flush()?,
            Codec::Brotli(codec) => codec.flush()?,
            Codec::Zstd(codec) => codec.flush()?,
            Codec::Ended => {}
        }
        Ok(())
    }

    /// Ends the body. A body that broke off is never ended, so that its reader knows.
    pub fn finish(&mut self) -> Result<(), CodecFailed> {
        self.ended = match std::mem::replace(&mut self.codec, Codec::Ended) {
            Codec::Gzip(codec) => codec.finish()?.into_inner(),
            Codec::Brotli(codec) => codec.into_inner().into_inner(),
            Codec::Zstd(codec) => codec.finish()?.into_inner(),
            Codec::Ended => return Ok(()),
        };
        Ok(())
    }

    /// Takes what has come of it.
    pub fn take(&mut self) -> Bytes {
        let out = match &mut self.codec {
            Codec::Gzip(codec) => codec.get_mut().get_mut(),
            Codec::Brotli(codec) => codec.get_mut().get_mut(),
            Codec::Zstd(codec) => codec.get_mut().get_mut(),
            Codec::Ended => &mut self.ended,
        };
        out.split().freeze()
    }
}
