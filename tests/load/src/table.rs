//! The figures as a table for people and as JSON for programs.

use serde::Serialize;

use crate::bench::Findings;
use crate::figure::Must;

/// One line of the output.
#[derive(Debug, Serialize)]
pub struct Line {
    scenario: char,
    figure: &'static str,
    store: &'static str,
    /// Median of the runs, or the worst where nothing may be lost.
    value: f64,
    /// Every run.
    runs: Vec<f64>,
    /// What it must be, in words.
    must: Option<String>,
    /// How much better than required; below 1 it falls short.
    ratio: Option<f64>,
    /// Whether it is as required.
    ok: Option<bool>,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was measured.
    target: String,
    /// Where the editing trace came from.
    trace: String,
    figures: Vec<Line>,
    faults: Vec<String>,
}

impl Report {
    /// Summarises the runs and compares.
    pub fn new(target: String, trace: String, findings: &Findings) -> Self {
        let figures = findings.figures().map(|(id, store, runs)| {
            let row = id.row();
            let value = row.summary(runs);
            let ratio = row.must.ratio(value);
            let must = match row.must {
                Must::AtMost(bound) => Some(format!("<= {}", number(bound))),
                Must::AtLeast(bound) => Some(format!(">= {}", number(bound))),
                Must::Any => None,
            };
            Line {
                scenario: row.scenario,
                figure: row.label,
                store,
                value,
                runs: runs.to_vec(),
                must,
                ratio,
                ok: ratio.map(|ratio| ratio >= 1.0),
            }
        });
        Self { target, trace, figures: figures.collect(), faults: findings.faults.clone() }
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("{}; {}", self.target, self.trace);
        println!("| scenario | store | measured | Weft must | ratio | |");
        println!("|---|---|---|---|---|---|");
        for line in &self.figures {
            let ratio = line.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            let verdict = line.ok.map_or("", |ok| if ok { "ok" } else { "short" });
            let (value, must) = (number(line.value), line.must.as_deref().unwrap_or_default());
            println!(
                "| {}. {} | {} | {value} | {must} | {ratio} | {verdict} |",
                line.scenario, line.figure, line.store
            );
        }
        self.faults.iter().for_each(|fault| println!("fault: {fault}"));
    }
}

/// Three significant digits, whole numbers and thousands as such.
fn number(value: f64) -> String {
    match value.abs() {
        whole if whole < 10_000.0 && whole.fract() == 0.0 => format!("{value:.0}"),
        small if small < 10.0 => format!("{value:.2}"),
        medium if medium < 100.0 => format!("{value:.1}"),
        large if large < 10_000.0 => format!("{value:.0}"),
        _ => format!("{:.0}k", value / 1000.0),
    }
}
