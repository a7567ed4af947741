//! `weft thin`: thins out the past once, by hand.

use std::io::{IsTerminal, Write};

use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::journal::{JournalHandle, JournalLimits};

use super::Thinning;
use super::thinner::Tally;
use crate::clock::Clock;
use crate::config::Thin;
use crate::durable::Durable;
use crate::serve;

/// Thins out one document or all of them, and says what became of them.
///
/// # Errors
/// What the database says; a document that could not be thinned out.
pub fn run(wanted: &Thin) -> anyhow::Result<()> {
    let runtime = serve::storage_runtime()?;
    let (tally, failed) = runtime.block_on(async {
        let store = serve::open(&wanted.database.url, serve::fresh_writer()).await?;
        let journal = JournalHandle::spawn(store.clone(), JournalLimits::default(), runtime.handle());
        let durable = Durable::new(store.clone(), journal, runtime.handle().clone());
        let thinning =
            Thinning { durable, policy: wanted.policy.clone(), now_ms: Clock::start().now().unix_ms };
        let (mut all, mut documents, mut failed) = (Tally::default(), 0_u64, 0_u64);
        if let Some(name) = &wanted.document {
            let id = DocumentId::of(&DocumentName::new(name.as_str())?);
            let row = store.document(id).await?;
            let row = row.ok_or_else(|| anyhow::anyhow!("there is no document {name}"))?;
            all = thinning.document(&row, 0).await?;
        } else {
            let told = |row: &weft_storage::DocumentRow, outcome: Result<&Tally, &super::Unthinned>| {
                documents += 1;
                match outcome {
                    Ok(tally) => all.add(*tally),
                    Err(why) => {
                        failed += 1;
                        progress("");
                        println!("{}: {why}", row.name);
                    }
                }
                progress(&format!("{documents} documents, {} rows; now {}", all.rows_before, row.name));
            };
            thinning.everything(0, told).await?;
            progress("");
        }
        anyhow::Ok((all, failed))
    })?;
    let Tally { rows_before, rows_after, bytes_before, bytes_after, unproven } = tally;
    println!("{rows_before} rows became {rows_after}, {bytes_before} bytes of updates {bytes_after}");
    if unproven > 0 {
        println!("{unproven} rows stay as they are: merged, they would not have held the same");
    }
    match failed {
        0 => Ok(()),
        failed => Err(anyhow::anyhow!("{failed} documents were not thinned out; the lines above say why")),
    }
}

/// Says on a terminal how far it is.
fn progress(line: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
        // The next line comes all the same.
        let _ = std::io::stderr().flush();
    }
}
