//! `weft history` and `weft replay`: a document's past in a terminal.

mod picture;
mod target;

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::{Frontier, OrderedUpdates, Store};

use crate::config::{History, Replay};
use crate::document::replica::Replica;
use crate::history::grouping::{Group, Grouper};
use crate::history::listing;
use crate::history::moment::parse_time;
use crate::history::people::People;
use crate::serve;
use picture::Picture;
use target::Target;

/// A pause is played for at most this long.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Between two pictures there is at least this time; updates in between share one.
const PICTURE_MS: f64 = 40.0;

/// Versions held at once.
const VERSIONS_PAGE: usize = 1_000;

/// A document and the part of its past that is wanted.
struct Past {
    store: Arc<dyn Store>,
    id: DocumentId,
    above: Frontier,
    up_to: Frontier,
}

impl Past {
    async fn open(url: &str, name: &str, (from, to): (Option<&str>, Option<&str>)) -> anyhow::Result<Self> {
        let time = |option: &str, text: Option<&str>| {
            text.map(parse_time).transpose().map_err(|why| anyhow::anyhow!("--{option}: {why}"))
        };
        let (from, to) = (time("from", from)?, time("to", to)?);
        let store = serve::open(url, serve::fresh_writer()).await?;
        let id = DocumentId::of(&DocumentName::new(name)?);
        store.document(id).await?.with_context(|| format!("there is no document {name}"))?;
        let up_to = store.reach_at(id, &Frontier::new(), to.unwrap_or(i64::MAX)).await?.frontier;
        let above = match from {
            Some(from) => store.reach_at(id, &Frontier::new(), from.saturating_sub(1)).await?.frontier,
            None => Frontier::new(),
        };
        Ok(Self { store, id, above, up_to })
    }

    async fn updates(&self, above: &Frontier) -> anyhow::Result<OrderedUpdates> {
        Ok(OrderedUpdates::open(self.store.clone(), self.id, above, &self.up_to).await?)
    }
}

/// Shows who edited a document when, and its versions.
///
/// # Errors
/// What the database says.
pub fn history(wanted: &History) -> anyhow::Result<()> {
    serve::storage_runtime()?.block_on(async {
        let range = (wanted.from.as_deref(), wanted.to.as_deref());
        let past = Past::open(&wanted.database.url, &wanted.document, range).await?;
        let people = People::of(past.store.authors(past.id).await?);
        let mut updates = past.updates(&past.above).await?;
        let mut grouper = Grouper::default();
        println!("{:<19}  {:<8}  {:>9}  {:>12}  BY", "FROM", "TO", "UPDATES", "BYTES");
        while let Some(next) = updates.next().await? {
            let person = people.author(&next.update);
            let (updates, bytes) = (next.update.updates(), next.update.payload.len());
            if let Some(group) = grouper.take(next.at_ms, person, updates, bytes) {
                println!("{}", line(&group));
            }
        }
        if let Some(group) = grouper.finish() {
            println!("{}", line(&group));
        }
        versions(&past).await
    })
}

async fn versions(past: &Past) -> anyhow::Result<()> {
    let mut below = listing::NEWEST;
    loop {
        let page = listing::versions(&*past.store, past.id, below, VERSIONS_PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        if below == listing::NEWEST {
            println!("\n{:<19}  {:<14}  VERSION", "AT", "ID");
        }
        below = listing::place(last);
        for row in &page {
            let (id, label) = (format!("{}-{}", row.kind.as_str(), row.id.0), row.label.as_deref());
            println!("{}  {id:<14}  {}", day_and_time(row.taken_at_ms), label.unwrap_or_default());
        }
    }
}

fn line(group: &Group) -> String {
    let names: Vec<_> = group.authors.keys().map(|person| name(&person.name)).collect();
    let (from, to) = (day_and_time(group.from_ms), day_and_time(group.to_ms));
    let to = to.split_once(' ').map_or("", |(_, time)| time);
    format!("{from}  {to:<8}  {:>9}  {:>12}  {}", group.updates, group.bytes, names.join(", "))
}

fn name(name: &str) -> &str {
    if name.is_empty() { "-" } else { name }
}

fn day_and_time(unix_ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1_000)).ok();
    let text = moment.and_then(|moment| moment.format(&Rfc3339).ok());
    text.map_or_else(|| unix_ms.to_string(), |text| text.replace('T', " ").replace('Z', ""))
}

/// Plays a document's past.
///
/// # Errors
/// What the database says, or the server it is written to.
pub fn replay(wanted: &Replay) -> anyhow::Result<()> {
    serve::storage_runtime()?.block_on(async {
        let range = (wanted.from.as_deref(), wanted.to.as_deref());
        let mut target = Target::new(&wanted.onto, &wanted.document)?;
        let past = Past::open(&wanted.database.url, &wanted.document, range).await?;
        let people = People::of(past.store.authors(past.id).await?);
        let all = past.up_to.updates();
        let mut picture = Picture::new(all, std::io::stdout().is_terminal());
        let mut played = Played::default();
        let mut updates = past.updates(&Frontier::new()).await?;
        let (mut shown_ms, mut done) = (None, 0);
        while let Some(next) = updates.next().await? {
            done += 1;
            played.take(&next.update.payload);
            if past.above.contains(next.update.writer, next.update.seq) {
                continue;
            }
            let pause_ms = shown_ms.map_or(0, |shown: i64| next.at_ms.saturating_sub(shown));
            #[expect(clippy::cast_precision_loss, reason = "pauses of years are cut to seconds")]
            let played_ms = pause_ms as f64 / wanted.speed;
            let is_due = played_ms >= PICTURE_MS || done == all || shown_ms.is_none();
            if !is_due && played.fresh_bytes < FRESH_BYTES_MAX {
                continue;
            }
            tokio::time::sleep(Duration::from_secs_f64(played_ms / 1_000.0).min(PAUSE_MAX)).await;
            shown_ms = Some(next.at_ms);
            let fresh = played.fresh();
            if let Some(target) = &mut target {
                target.send(&played.replica, fresh).await?;
            }
            let who = people.author(&next.update).name;
            let title = format!("{}  {}", day_and_time(next.at_ms), name(&who));
            let shown = picture.frame(done, &title, &played.replica.words()?);
            std::io::stdout().write_all(shown.as_bytes())?;
            std::io::stdout().flush()?;
        }
        Ok(())
    })
}

/// Updates that may wait for others while a replay goes on.
const WAITING_MAX: usize = 1_000;
/// Bytes between two pictures.
const FRESH_BYTES_MAX: usize = 4 << 20;

/// What was played.
#[derive(Default)]
struct Played {
    replica: Replica,
    waiting: Vec<Bytes>,
    /// Updates that are whole since the last picture, and their bytes.
    fresh: Vec<Bytes>,
    fresh_bytes: usize,
}

impl Played {
    fn take(&mut self, update: &Bytes) {
        if !self.apply(update) {
            self.waiting.push(update.clone());
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|ahead| !self.apply(ahead));
        waiting.truncate(WAITING_MAX);
        self.waiting = waiting;
    }

    /// Returns whether all of it could be played.
    fn apply(&mut self, update: &Bytes) -> bool {
        use crate::document::replica::Outcome;
        let outcome = self.replica.apply_available(update);
        let is_whole = matches!(outcome, Ok(Outcome::Applied | Outcome::Trimmed { .. } | Outcome::Known));
        if is_whole {
            self.fresh_bytes += update.len();
            self.fresh.push(update.clone());
        }
        is_whole
    }

    fn fresh(&mut self) -> Vec<Bytes> {
        self.fresh_bytes = 0;
        std::mem::take(&mut self.fresh)
    }
}
