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

/// gzip's level, of 0 to 9: about 200 MB/s and 400 kB.
const GZIP_LEVEL: i32 = 4;
/// Brotli's level, of 0 to 11, and how far it looks back, as a power of two: about 180 MB/s and 600 kB. Level 4 is a fourth
/// slower and takes twice the memory; 2^18 bytes to look back at take nearly three times of it.
const BROTLI: (i32, u32) = (3, 16);
/// Zstandard's level, of 1 to 22, and how far it looks back, as a power of two: about 800 MB/s and 650 kB.
const ZSTD: (i32, u32) = (1, 18);
/// What brotli writes at once.
const BROTLI_BUFFER: usize = 4096;

impl Encoder {
    /// Begins a body, of `length` bytes if that is known.
    pub fn new(coding: Coding, length: Option<u64>) -> Result<Self, CodecFailed> {
        let (level, window) = match coding {
            // It always looks back 2^15 bytes.
            Coding::Gzip => (GZIP_LEVEL, 15),
            Coding::Brotli => BROTLI,
            Coding::Zstd => ZSTD,
        };
        Self::with_level(coding, level, window, length)
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
