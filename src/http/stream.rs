//! The bytes under a connection: a write that stalls ends it, and raw WebSocket frames are counted as they pass.
//!
//! The WebSocket library joins fragments and answers pings before anybody can count them: 47.9 million empty
//! continuation frames in five seconds cost a core without one message. So they are counted here, below it.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::accept::Seat;

/// A TCP connection whose writes must make progress.
pub(super) struct Stream {
    tcp: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// Left when the connection ends, as a socket too.
    _seat: Seat,
}

impl Stream {
    /// Ends with an error when a write makes no progress for `patience`.
    pub(super) const fn new(tcp: TcpStream, patience: Duration, seat: Seat) -> Self {
        Self { tcp, patience, stalled: None, _seat: seat }
    }

    fn judge(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if wrote.is_ready() {
            self.stalled = None;
            return wrote;
        }
        let patience = self.patience;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        match timer.as_mut().poll(cx) {
            Poll::Ready(()) => {
                // Whoever still wants to say goodbye gets the same patience again.
                self.stalled = None;
                Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.judge(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.judge(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// What a client does too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Violation {
    /// Pings and pongs.
    Pings,
    /// Frames of any kind.
    Frames,
    /// Fragments of one message.
    Fragments,
    /// A long message, while too many others have begun one.
    Crowd,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pings => "too many pings",
            Self::Frames => "too many frames",
            Self::Fragments => "too many fragments",
            Self::Crowd => "too many long messages at once",
        })
    }
}

impl std::error::Error for Violation {}

/// Most fragments of a message.
const FRAGMENTS: u32 = 64;

/// Rates are meant over this many seconds: so much may come at once.
const WINDOW: f64 = 10.0;

/// A message up to here is held without a thought, bytes.
const SHORT: usize = 4 * 1024;

/// Longer ones that have begun may hold so much altogether, bytes: a fragment lies in memory twice, where it was read
/// and where the message is put together.
const LONG_BYTES: usize = 24 * 1024 * 1024;

/// What they hold.
static LONG: AtomicUsize = AtomicUsize::new(0);

/// A long message's share of [`LONG_BYTES`], given back when it is over.
struct Share(usize);

impl Share {
    fn grow(&mut self, bytes: usize, most: usize) -> Result<(), Violation> {
        self.0 += bytes;
        if LONG.fetch_add(bytes, Ordering::Relaxed) + bytes > most { Err(Violation::Crowd) } else { Ok(()) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        LONG.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// What may come in how much time.
pub(super) struct Bucket {
    level: f64,
    rate: f64,
}

impl Bucket {
    pub(super) fn new(per_second: u32) -> Self {
        Self { level: f64::from(per_second) * WINDOW, rate: f64::from(per_second) }
    }

    pub(super) fn refill(&mut self, seconds: f64) {
        self.level = (self.level + seconds * self.rate).min(self.rate * WINDOW);
    }

    pub(super) fn take(&mut self) -> bool {
        self.level -= 1.0;
        self.level >= 0.0
    }
}

/// Reads the headers of WebSocket frames out of a stream of bytes.
struct Scanner {
    header: [u8; 14],
    have: usize,
    skip: u64,
    fragments: u32,
    most_fragments: u32,
    /// This frame is a message's last one.
    is_last: bool,
    /// A message has ended.
    ended: bool,
    /// Bytes of the message that has begun.
    message: usize,
    share: Option<Share>,
    most_long: usize,
    frames: Bucket,
    pings: Bucket,
}

impl Scanner {
    /// In the middle of a frame, or of a message.
    const fn is_within(&self) -> bool {
        self.have > 0 || self.skip > 0 || self.fragments > 0
    }

    /// Takes in what was read.
    fn scan(&mut self, bytes: &[u8]) -> Result<(), Violation> {
        self.feed(bytes)?;
        if !self.is_within() {
            (self.message, self.share) = (0, None);
        }
        Ok(())
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Violation> {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let n = self.skip.min(bytes.len() as u64);
                self.skip -= n;
                self.ended |= self.is_last && self.skip == 0;
                bytes = &bytes[n as usize..];
                continue;
            }
            self.header[self.have] = bytes[0];
            self.have += 1;
            bytes = &bytes[1..];
            if self.have < 2 {
                continue;
            }
            let short = self.header[1] & 0x7f;
            let extended = match short {
                126 => 2,
                127 => 8,
                _ => 0,
            };
            let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
            if self.have < 2 + extended + mask {
                continue;
            }
            self.skip = match extended {
                0 => u64::from(short),
                n => self.header[2..2 + n].iter().fold(0, |len, b| (len << 8) | u64::from(*b)),
            };
            self.have = 0;
            self.count()?;
            self.ended |= self.is_last && self.skip == 0;
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Violation> {
        let (last, opcode) = (self.header[0] & 0x80 != 0, self.header[0] & 0x0f);
        self.is_last = last && opcode < 8;
        if opcode >= 8 {
            if !self.pings.take() {
                return Err(Violation::Pings);
            }
        } else {
            if self.fragments == 0 {
                (self.message, self.share) = (0, None);
            }
            self.fragments = if last { 0 } else { self.fragments + 1 };
            if self.fragments >= self.most_fragments {
                return Err(Violation::Fragments);
            }
            self.hold(usize::try_from(self.skip).unwrap_or(usize::MAX))?;
        }
        if self.frames.take() { Ok(()) } else { Err(Violation::Frames) }
    }
}

impl Scanner {
    /// Makes room for so many bytes more of a message. What is beyond the largest message is refused elsewhere.
    fn hold(&mut self, bytes: usize) -> Result<(), Violation> {
        self.message = self.message.saturating_add(bytes);
        if self.message <= SHORT || bytes > LONG_BYTES {
            return Ok(());
        }
        let most = self.most_long;
        self.share.get_or_insert(Share(0)).grow(bytes, most)
    }
}

/// A stream under a WebSocket that ends with a [`Violation`] when its client overdoes it.
pub(super) struct Guard<S> {
    stream: S,
    scanner: Scanner,
    at: Instant,
    /// Since when a message has begun and not ended.
    within: Option<Instant>,
    violation: Option<Violation>,
}

impl<S> Guard<S> {
    /// `ahead` is what was read of the stream already.
    pub(super) fn new(stream: S, ahead: &[u8], frames_per_second: u32, pings_per_second: u32) -> Self {
        let mut scanner = Scanner {
            header: [0; 14],
            have: 0,
            skip: 0,
            fragments: 0,
            most_fragments: FRAGMENTS,
            is_last: false,
            ended: false,
            message: 0,
            share: None,
            most_long: LONG_BYTES,
            frames: Bucket::new(frames_per_second),
            pings: Bucket::new(pings_per_second),
        };
        let violation = scanner.scan(ahead).err();
        let at = Instant::now();
        let within = scanner.is_within().then_some(at);
        Self { stream, scanner, at, within, violation }
    }

    /// Since when a message has begun and not ended.
    pub(super) const fn within(&self) -> Option<Instant> {
        self.within
    }

    /// Counts on, and minds nothing: a suite of tests sends more than any visitor may.
    #[cfg(feature = "echo")]
    pub(super) const fn unlimited(&mut self) {
        self.scanner.most_fragments = u32::MAX;
        self.scanner.most_long = usize::MAX;
        self.scanner.frames.level = f64::INFINITY;
        self.scanner.pings.level = f64::INFINITY;
        self.scanner.frames.rate = f64::INFINITY;
        self.scanner.pings.rate = f64::INFINITY;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(violation) = this.violation {
            return Poll::Ready(Err(io::Error::other(violation)));
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {}
            other => return other,
        }
        let now = Instant::now();
        let passed = now.duration_since(this.at).as_secs_f64();
        this.at = now;
        this.scanner.frames.refill(passed);
        this.scanner.pings.refill(passed);
        match this.scanner.scan(&buf.filled()[before..]) {
            Ok(()) => {
                let before = this.within.filter(|_| !std::mem::take(&mut this.scanner.ended));
                this.within = this.scanner.is_within().then(|| before.unwrap_or(now));
                Poll::Ready(Ok(()))
            }
            Err(violation) => {
                this.violation = Some(violation);
                Poll::Ready(Err(io::Error::other(violation)))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanner() -> Scanner {
        Guard::new((), &[], 50, 10).scanner
    }

    fn frame(first: u8, len: usize) -> Vec<u8> {
        let mut out = vec![first];
        match len {
            0..=125 => out.push(0x80 | len as u8),
            126..=65_535 => {
                out.push(0x80 | 126);
                out.extend((len as u16).to_be_bytes());
            }
            _ => {
                out.push(0x80 | 127);
                out.extend((len as u64).to_be_bytes());
            }
        }
        out.extend([0; 4]);
        out.extend(vec![b'x'; len]);
        out
    }

    #[test]
    fn frames_are_counted_whatever_their_size_and_however_they_are_cut() {
        for len in [0, 1, 125, 126, 1_000, 65_535, 65_536, 70_000] {
            let bytes: Vec<u8> = (0..500).flat_map(|_| frame(0x81, len)).collect();
            for cut in [1, 7, 4_096, bytes.len()] {
                let mut s = scanner();
                for part in bytes.chunks(cut) {
                    assert_eq!(s.feed(part), Ok(()), "{len} {cut}");
                }
                assert_eq!(s.feed(&frame(0x81, len)), Err(Violation::Frames), "{len} {cut}");
            }
        }
    }

    #[test]
    fn pings_and_fragments_have_limits_of_their_own() {
        let mut s = scanner();
        for _ in 0..100 {
            assert_eq!(s.feed(&frame(0x89, 125)), Ok(()));
        }
        assert_eq!(s.feed(&frame(0x89, 125)), Err(Violation::Pings));

        let mut s = scanner();
        for _ in 0..3 {
            assert_eq!(s.feed(&frame(0x01, 5)), Ok(()));
            for _ in 0..62 {
                assert_eq!(s.feed(&frame(0x00, 0)), Ok(()));
            }
            assert_eq!(s.feed(&frame(0x80, 0)), Ok(()), "64 fragments are a message");
        }
        assert_eq!(s.feed(&frame(0x01, 5)), Ok(()));
        let refused = (0..100).find(|_| s.feed(&frame(0x00, 0)).is_err());
        assert_eq!(refused, Some(62));
    }

    #[test]
    fn long_messages_that_have_begun_share_what_there_is() {
        let mut s = scanner();
        s.most_long = usize::MAX;
        assert_eq!(s.scan(&frame(0x01, SHORT)), Ok(()));
        assert!(s.is_within() && s.share.is_none(), "a short one holds nothing");
        assert_eq!(s.scan(&frame(0x00, 60_000)), Ok(()));
        assert_eq!(s.share.as_ref().map(|s| s.0), Some(60_000));
        assert_eq!(s.scan(&frame(0x89, 5)), Ok(()), "a ping in between is no part of it");
        assert_eq!(s.scan(&frame(0x80, 10)), Ok(()));
        assert!(!s.is_within() && s.share.is_none(), "given back at the end");
        s.most_long = 0;
        assert_eq!(s.scan(&frame(0x81, SHORT)), Ok(()));
        assert_eq!(s.scan(&frame(0x81, SHORT + 1)), Err(Violation::Crowd));
    }

    #[tokio::test]
    async fn a_message_is_as_old_as_its_first_byte() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut client, server) = tokio::io::duplex(1_024);
        let mut guard = Guard::new(server, &[], 50, 10);
        let mut told = [0; 1_024];
        let whole = frame(0x81, 20);
        let mut pass = async |bytes: &[u8]| {
            client.write_all(bytes).await.expect("room");
            let _ = guard.read(&mut told).await.expect("bytes");
            guard.within()
        };
        let first = pass(&whole[..3]).await;
        assert!(first.is_some());
        assert_eq!(pass(&whole[3..9]).await, first, "the same message");
        // One ends and another begins in one piece.
        let second = pass(&[&whole[9..], &whole[..5]].concat()).await;
        assert!(second > first);
        assert_eq!(pass(&whole[5..]).await, None);
    }

    #[test]
    fn time_gives_back_what_was_taken() {
        let mut s = scanner();
        for _ in 0..100 {
            assert_eq!(s.feed(&frame(0x89, 0)), Ok(()));
        }
        s.pings.refill(1.0);
        for _ in 0..10 {
            assert_eq!(s.feed(&frame(0x89, 0)), Ok(()));
        }
        assert_eq!(s.feed(&frame(0x89, 0)), Err(Violation::Pings));
    }
}
