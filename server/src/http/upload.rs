//! Images on their way in: bounded in bytes, one by one and all together, and in time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use weft_storage::{BLOB_PIECE_BYTES, BlobBounds, BlobHash, BlobType};

use super::caller::header;
use super::image::{SNIFFED_BYTES, sniff};
use super::problem::Problem;
use crate::limits::Limit;
use crate::limits::room::{Place, Principal, Room};
use crate::metrics::Metrics;

/// All images that are arriving or being stored may have so many bytes together.
const UPLOADS_BYTES_MAX: usize = 128 << 20;
/// An image has to have arrived within this time, and something of it within the other one: who sends nothing must not keep
/// the room.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);
const UPLOAD_PAUSE: Duration = Duration::from_secs(10);
/// What is left of a refused upload is read up to so many bytes: a browser that is cut off while it sends does not show the answer.
const REFUSED_BYTES_MAX: usize = 32 << 20;

/// What images may be.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    /// Bytes of one.
    pub blob_bytes_max: usize,
    /// All of a document.
    pub of_document: BlobBounds,
}

/// Room for what is arriving.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// What images may be.
    pub limits: UploadLimits,
    /// A place for each piece.
    room: Room,
}

/// An image that has arrived, and the room it takes until it is stored.
#[derive(Debug)]
pub struct Upload {
    /// SHA-256 of its bytes.
    pub hash: BlobHash,
    /// What it is.
    pub kind: BlobType,
    /// Its bytes, cut as they are stored.
    pub pieces: Vec<Bytes>,
    /// Given back when dropped.
    pub room: Vec<Place>,
}

impl Uploads {
    /// Starts with all of the room; there is always some for four images.
    #[must_use]
    pub fn new(limits: UploadLimits) -> Self {
        let bytes = UPLOADS_BYTES_MAX.max(4 * limits.blob_bytes_max);
        Self { limits, room: Room::new(bytes.div_ceil(BLOB_PIECE_BYTES)) }
    }

    /// Takes an image out of a request's body.
    ///
    /// # Errors
    /// 408 when it does not arrive in time, 413 when it is larger than images may be, 415 when it is none or is compressed, 503
    /// when too much is arriving.
    pub async fn receive(
        &self,
        request: &HttpRequest,
        mut payload: web::Payload,
        principal: Option<Principal>,
        metrics: &Metrics,
    ) -> Result<Upload, Problem> {
        let announced = header(request.headers(), CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let mut arriving = Arriving::new(self, principal);
        let receiving = async {
            not_compressed(request)?;
            if announced.is_some_and(|bytes: usize| bytes > self.limits.blob_bytes_max) {
                return Err(Refusal::TooLarge);
            }
            while let Some(bytes) = next(&mut payload).await? {
                arriving.take(&bytes)?;
            }
            arriving.finish()
        };
        let received = tokio::time::timeout(UPLOAD_TIMEOUT, receiving).await;
        match received.unwrap_or(Err(Refusal::Late(UPLOAD_TIMEOUT))) {
            Ok(upload) => Ok(upload),
            Err(refusal) => {
                drop(arriving);
                let is_late = matches!(refusal, Refusal::Late(_));
                let problem = self.explain(refusal, metrics);
                if !is_late && announced.is_none_or(|bytes| bytes <= REFUSED_BYTES_MAX) {
                    // How it ends makes no difference.
                    let _ = tokio::time::timeout(UPLOAD_PAUSE, discard(&mut payload)).await;
                }
                Err(problem)
            }
        }
    }

    fn explain(&self, refusal: Refusal, metrics: &Metrics) -> Problem {
        match refusal {
            Refusal::TooLarge => {
                metrics.refused(Limit::Blob);
                let most = self.limits.blob_bytes_max;
                let detail = format!("an image has at most {most} bytes (limit blob-bytes)");
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
            }
            Refusal::NoImage => {
                let allowed = BlobType::ALL.map(BlobType::as_str).join(", ");
                let detail = format!("the bytes are none of {allowed}");
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no image", detail)
            }
            Refusal::NoRoom => {
                metrics.refused(Limit::Uploads);
                let detail = "more images are arriving than there is room for, try again in a few seconds";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
            }
            Refusal::Late(within) => {
                let detail = format!("nothing, or not all, arrived within {} s", within.as_secs());
                Problem::new(StatusCode::REQUEST_TIMEOUT, "too slow", detail)
            }
            Refusal::Other(problem) => problem,
        }
    }
}

/// Why an upload is not taken.
#[derive(Debug)]
enum Refusal {
    TooLarge,
    NoImage,
    NoRoom,
    Late(Duration),
    Other(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

/// What has arrived of an image.
struct Arriving<'u> {
    uploads: &'u Uploads,
    principal: Option<Principal>,
    kind: Option<BlobType>,
    hasher: Sha256,
    bytes: usize,
    full: Vec<Bytes>,
    last: Vec<u8>,
    room: Vec<Place>,
}

impl<'u> Arriving<'u> {
    fn new(uploads: &'u Uploads, principal: Option<Principal>) -> Self {
        let (hasher, full, last, room) = (Sha256::new(), Vec::new(), Vec::new(), Vec::new());
        Self { uploads, principal, kind: None, hasher, bytes: 0, full, last, room }
    }

    fn take(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        self.bytes += bytes.len();
        if self.bytes > self.uploads.limits.blob_bytes_max {
            return Err(Refusal::TooLarge);
        }
        self.hasher.update(bytes);
        while !bytes.is_empty() {
            if self.last.capacity() == 0 {
                let place = self.uploads.room.try_acquire(self.principal.as_ref());
                self.room.push(place.ok_or(Refusal::NoRoom)?);
                self.last = Vec::with_capacity(BLOB_PIECE_BYTES);
            }
            let (now, later) = bytes.split_at(bytes.len().min(BLOB_PIECE_BYTES - self.last.len()));
            self.last.extend_from_slice(now);
            bytes = later;
            if self.kind.is_none() && self.last.len() >= SNIFFED_BYTES {
                self.kind = Some(sniff(&self.last).ok_or(Refusal::NoImage)?);
            }
            if self.last.len() == BLOB_PIECE_BYTES {
                self.full.push(std::mem::take(&mut self.last).into());
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Upload, Refusal> {
        let kind = self.kind.or_else(|| sniff(&self.last)).ok_or(Refusal::NoImage)?;
        let mut pieces = std::mem::take(&mut self.full);
        if !self.last.is_empty() {
            pieces.push(std::mem::take(&mut self.last).into());
        }
        let hash = BlobHash(std::mem::take(&mut self.hasher).finalize().into());
        Ok(Upload { hash, kind, pieces, room: std::mem::take(&mut self.room) })
    }
}

/// What a few bytes may become is not for their sender to decide.
fn not_compressed(request: &HttpRequest) -> Result<(), Problem> {
    match header(request.headers(), CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        None => Ok(()),
        Some(coding) => {
            let detail = format!("the body is taken as it is, not with Content-Encoding {coding:?}");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed", detail))
        }
    }
}

async fn next(payload: &mut web::Payload) -> Result<Option<Bytes>, Refusal> {
    let next = tokio::time::timeout(UPLOAD_PAUSE, payload.next()).await;
    let next = next.map_err(|_| Refusal::Late(UPLOAD_PAUSE))?.transpose();
    next.map_err(|error| Problem::bad_request(format!("the body did not arrive: {error}")).into())
}

async fn discard(payload: &mut web::Payload) {
    let mut left = REFUSED_BYTES_MAX;
    while let Some(Ok(bytes)) = payload.next().await {
        left = left.saturating_sub(bytes.len());
        if left == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &[u8] = b"GIF89a\x01\0\x01\0";

    fn uploads(blob_bytes_max: usize) -> Uploads {
        let of_document = BlobBounds { blobs_max: 9, bytes_max: 9 };
        Uploads::new(UploadLimits { blob_bytes_max, of_document })
    }

    /// [O1] [O2]
    #[test]
    fn what_arrives_in_any_cuts_is_the_same_image() {
        let uploads = uploads(1 << 20);
        let all = [GIF, &vec![7; 2 * BLOB_PIECE_BYTES]].concat();
        let mut expected = None;
        for cut in [1_000_000, BLOB_PIECE_BYTES, 4_096, 77] {
            let mut arriving = Arriving::new(&uploads, None);
            all.chunks(cut).for_each(|bytes| arriving.take(bytes).expect("it is one"));
            let upload = arriving.finish().expect("it is one");
            assert_eq!(upload.pieces.concat(), all);
            assert_eq!(upload.pieces.iter().map(Bytes::len).max(), Some(BLOB_PIECE_BYTES));
            assert_eq!((upload.pieces.len(), upload.room.len(), upload.kind), (3, 3, BlobType::Gif));
            assert_eq!(*expected.get_or_insert(upload.hash), upload.hash, "cut at {cut}");
        }
    }

    /// [O2]
    #[test]
    fn room_is_taken_as_bytes_arrive_and_given_back() {
        let uploads = uploads(UPLOADS_BYTES_MAX);
        let pieces = uploads.room.free();
        let mut arriving = Arriving::new(&uploads, None);
        assert_eq!(uploads.room.free(), pieces, "nothing arrived");
        arriving.take(GIF).expect("there is room");
        let kept: Vec<_> = std::iter::from_fn(|| uploads.room.try_acquire(None)).collect();
        assert_eq!(kept.len(), pieces - 1);
        assert!(matches!(arriving.take(&vec![0; BLOB_PIECE_BYTES]), Err(Refusal::NoRoom)));
        drop((arriving, kept));
        assert_eq!(uploads.room.free(), pieces);
    }

    /// [O2] [R4]
    #[test]
    fn one_user_has_room_for_half_of_it() {
        let uploads = uploads(1 << 20);
        let half = uploads.room.free() / 2;
        let user = |name: &str| Principal::of(Some(name), None);
        let mut of_ada = Vec::new();
        let refusal = loop {
            let mut arriving = Arriving::new(&uploads, user("ada"));
            match arriving.take(GIF) {
                Ok(()) => of_ada.push(arriving),
                Err(refusal) => break refusal,
            }
        };
        assert!(matches!(refusal, Refusal::NoRoom) && of_ada.len() == half, "{refusal:?}");
        assert!(matches!(of_ada[0].take(&vec![0; BLOB_PIECE_BYTES]), Err(Refusal::NoRoom)));
        assert!(Arriving::new(&uploads, user("bob")).take(GIF).is_ok());
    }

    /// [O1] [O2]
    #[test]
    fn an_upload_is_refused_as_soon_as_it_is_wrong() {
        let uploads = uploads(1_024);
        let page = b"<!DOCTYPE html>".repeat(20);
        assert!(matches!(Arriving::new(&uploads, None).take(&page), Err(Refusal::NoImage)));
        let mut short = Arriving::new(&uploads, None);
        short.take(b"<svg>").expect("too short to tell");
        assert!(matches!(short.finish(), Err(Refusal::NoImage)));
        assert!(
            matches!(Arriving::new(&uploads, None).finish(), Err(Refusal::NoImage)),
            "nothing is no image"
        );
        let mut large = Arriving::new(&uploads, None);
        large.take(&[GIF, &[0; 1_014]].concat()).expect("the most there may be");
        assert!(matches!(large.take(&[0]), Err(Refusal::TooLarge)));
    }
}
