//! What a document looks like from afar, for lists.
//!
//! It is made of what is stored, so that looking at a list opens no document, and kept under what was stored then: whoever
//! asks again costs a look at the newest numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use weft_protocol::ids::DocumentId;
use weft_storage::{DocumentChange, DocumentKind, DocumentRow, Frontier, Stored};

use super::documents::named;
use super::problem::Problem;
use super::{App, caller};
use crate::access::Caller;
use crate::access::claims::Role;
use crate::document::loading::rebuild;
use crate::document::replica::preview::Preview;
use crate::limits::room::{Principal, Room};

const SUFFIX: &str = "/preview";
/// Previews made at once; the machine has other things to do.
const MADE_AT_ONCE_MAX: usize = 2;
/// Longest wait for a preview.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Of a document of more stored bytes nothing is shown: a glance is not worth the seconds that decoding it takes.
const STORED_BYTES_MAX: usize = 16 << 20;
/// Previews kept, in bytes.
const KEPT_BYTES_MAX: usize = 16 << 20;
/// Bytes a preview weighs besides its own.
const KEPT_OVERHEAD_BYTES: usize = 128;
/// Part of every tag: another way to make previews makes other ones of the same rows.
const EDITION: &[u8] = b"2";

/// Routes previews.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/api/documents/{name:.*}/preview", web::get().to(show));
}

/// Previews that were made, and whose turn it is to make one.
#[derive(Debug, Clone)]
pub struct Previews {
    kept: Arc<Mutex<Kept>>,
    turns: Room,
}

impl Default for Previews {
    fn default() -> Self {
        Self { kept: Arc::default(), turns: Room::new(MADE_AT_ONCE_MAX) }
    }
}

/// A preview and the tag of what it was made of.
type Made = (String, Bytes);

/// What was used since the young half was filled last is young; when that is full again, the old half goes.
#[derive(Debug, Default)]
struct Kept {
    young: HashMap<DocumentId, Made>,
    old: HashMap<DocumentId, Made>,
    young_bytes: usize,
}

impl Kept {
    fn find(&mut self, id: DocumentId, tag: &str) -> Option<Bytes> {
        let (made_of, json) = self.young.get(&id).or_else(|| self.old.get(&id)).cloned()?;
        if made_of != tag {
            return None;
        }
        if self.old.remove(&id).is_some() {
            self.keep(id, (made_of, json.clone()));
        }
        Some(json)
    }

    fn keep(&mut self, id: DocumentId, made: Made) {
        let weight = |(tag, json): &Made| tag.len() + json.len() + KEPT_OVERHEAD_BYTES;
        self.young_bytes += weight(&made);
        if let Some(before) = self.young.insert(id, made) {
            self.young_bytes -= weight(&before);
        }
        self.old.remove(&id);
        if self.young_bytes > KEPT_BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

impl Previews {
    fn find(&self, id: DocumentId, tag: &str) -> Option<Bytes> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).find(id, tag)
    }

    fn keep(&self, id: DocumentId, made: Made) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).keep(id, made);
    }
}

async fn show(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Read, &name)?;
    let id = DocumentId::of(&name);
    let asked = app.durable.query(move |store| async move {
        let row = store.document(id).await?;
        Ok((row, store.frontier(id).await?))
    });
    let (row, frontier) = asked.await?;
    let row = row.filter(|row| row.deleted_at_ms.is_none());
    let row = row.ok_or_else(|| Problem::not_found("there is no such document"))?;
    let tag = tag(&frontier);
    let known = caller::header(req.headers(), IF_NONE_MATCH).unwrap_or_default();
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, tag.clone())).insert_header((CACHE_CONTROL, "private, no-cache"));
    if known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let json = match app.previews.find(id, &tag) {
        Some(json) => json,
        None => {
            let making = tokio::time::timeout(TIMEOUT, make(&app, caller.principal(&req, &app), row, tag));
            making.await.map_err(|_| late())??
        }
    };
    Ok(response.insert_header((CONTENT_TYPE, "application/json")).body(json))
}

fn late() -> Problem {
    let detail = "many previews are being made, try again in a few seconds";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
}

/// Returns the tag of what is stored.
fn tag(frontier: &Frontier) -> String {
    let mut hasher = Sha256::new_with_prefix(EDITION);
    for (writer, seq) in frontier.iter() {
        hasher.update(writer.0.to_be_bytes());
        hasher.update(seq.to_be_bytes());
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let hex: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

async fn make(
    app: &App,
    principal: Option<Principal>,
    row: DocumentRow,
    tag: String,
) -> Result<Bytes, Problem> {
    let _turn = app.previews.turns.acquire(principal.as_ref()).await;
    let id = row.id;
    // Somebody may have made it while this one waited.
    if let Some(json) = app.previews.find(id, &tag) {
        return Ok(json);
    }
    let stored = app.durable.query(move |store| async move { store.load(id).await }).await?;
    let made_of = self::tag(&stored.frontier());
    let preview = app.durable.heavy(move || glance(stored)).await.unwrap_or(Preview::Empty);
    let json = serde_json::to_vec(&preview).map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "a preview was not written");
        late()
    })?;
    learn(app, row, &preview).await;
    // Of edits that came meanwhile the preview knows, and the answer's tag does not: the next one asks again.
    app.previews.keep(id, (made_of, json.clone()));
    Ok(json)
}

/// Reads what is stored as a load would.
fn glance(stored: Stored) -> Preview {
    let bytes = stored.snapshot.as_ref().map_or(0, |snapshot| snapshot.state.len());
    let bytes = stored.updates.iter().fold(bytes, |bytes, update| bytes + update.payload.len());
    if bytes > STORED_BYTES_MAX {
        return Preview::Empty;
    }
    // What cannot be read shows nothing; whoever opens it is told why.
    let replica = rebuild(stored).map(|loaded| loaded.replica);
    replica.ok().and_then(|replica| replica.preview().ok()).unwrap_or(Preview::Empty)
}

/// Lets a document that nobody has said the kind of be what is in it.
async fn learn(app: &App, row: DocumentRow, preview: &Preview) {
    let kind = match preview {
        Preview::Document { .. } => DocumentKind::Document,
        Preview::Whiteboard { .. } => DocumentKind::Whiteboard,
        Preview::Empty => return,
    };
    if row.kind != DocumentKind::Any {
        return;
    }
    let change = DocumentChange::kind(kind);
    let learned = app.durable.query(move |store| async move { store.change_document(row.id, change).await });
    if let Err(error) = learned.await {
        tracing::debug!(%error, "the kind of a document was not stored, the next preview tries again");
    }
}

#[cfg(test)]
mod tests {
    use weft_protocol::ids::WriterId;

    use super::*;

    /// [O6]
    #[test]
    fn previews_are_kept_up_to_a_bound_and_the_used_ones_longest() {
        let mut kept = Kept::default();
        let id = |n: u64| DocumentId(u128::from(n).to_be_bytes());
        let json = Bytes::from(vec![b' '; 4_000]);
        for n in 0..20_000 {
            kept.keep(id(n), ("t".to_owned(), json.clone()));
            assert!(kept.find(id(0), "t").is_some(), "it is asked for all the time");
            let bytes: usize = kept.young.values().chain(kept.old.values()).map(|made| made.1.len()).sum();
            assert!(bytes <= KEPT_BYTES_MAX, "{bytes} after {n}");
        }
        assert!(kept.find(id(1), "t").is_none() && kept.find(id(19_999), "t").is_some());
        assert!(kept.find(id(19_999), "other").is_none(), "the document has changed");
    }

    /// [O6]
    #[test]
    fn every_commit_changes_the_tag() {
        let of =
            |seqs: &[(u64, u64)]| tag(&seqs.iter().map(|(writer, seq)| (WriterId(*writer), *seq)).collect());
        let tags = [of(&[]), of(&[(1, 1)]), of(&[(1, 2)]), of(&[(1, 1), (2, 1)]), of(&[(2, 1)])];
        assert!((1..tags.len()).all(|n| !tags[..n].contains(&tags[n])), "{tags:?}");
        assert_eq!(tags[1], of(&[(1, 1)]));
    }
}
