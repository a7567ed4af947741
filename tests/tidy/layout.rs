//! Names and lengths of files, and what must not be left lying around.

use std::path::Path;

use weft_tests::environment::workspace;

use crate::sources::{Source, assert_none, sources};

const LINES_MAX: usize = 400;
const WRITTEN_BY_HAND: [&str; 7] = [".rs", ".ts", ".js", ".css", ".html", ".sql", ".sh"];

/// Files that may be longer, each with its reason.
const LONGER: [(&str, &str); 0] = [];

/// Names that say nothing about what is inside.
const SAYING_NOTHING: [&str; 6] = ["util", "utils", "helpers", "common", "manager", "types"];

#[test]
fn files_are_short_enough_to_be_read_at_once() {
    let mut complaints = Vec::new();
    for source in sources(&WRITTEN_BY_HAND) {
        let lines = source.lines().count();
        if lines > LINES_MAX && !LONGER.iter().any(|(path, _)| *path == source.path) {
            complaints.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(&format!("files of more than {LINES_MAX} lines"), &complaints);
}

#[test]
fn exceptions_are_still_needed() {
    let all = sources(&WRITTEN_BY_HAND);
    let needless = LONGER.iter().filter(|(path, reason)| {
        let file = all.iter().find(|source| source.path == *path);
        reason.is_empty() || file.is_none_or(|source| source.lines().count() <= LINES_MAX)
    });
    let complaints: Vec<_> = needless.map(|(path, _)| (*path).to_owned()).collect();
    assert_none("exceptions that no file needs", &complaints);
}

#[test]
fn files_are_named_by_their_noun() {
    let mut complaints = Vec::new();
    for source in sources(&WRITTEN_BY_HAND) {
        let (folders, name) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
        let stem = name.split('.').next().unwrap_or_default();
        let parts = folders.split('/').chain([stem]);
        if name == "mod.rs" || parts.into_iter().any(|part| SAYING_NOTHING.contains(&part)) {
            complaints.push(source.path.clone());
        }
    }
    assert_none("names that say nothing, and mod.rs", &complaints);
}

#[test]
fn nothing_is_left_to_be_done() {
    // Put together here, so that this file does not contain them.
    let unfinished =
        [["TO", "DO"], ["FIX", "ME"], ["unimplemented", "!("], ["to", "do!("]].map(|parts| parts.concat());
    let mut complaints = Vec::new();
    for source in sources(&[".rs", ".ts", ".js", ".css", ".html", ".sql", ".toml", ".md"]) {
        let found = source.lines().filter(|(_, line)| unfinished.iter().any(|mark| line.contains(mark)));
        complaints.extend(found.map(|(n, line)| format!("{}:{n}: {}", source.path, line.trim())));
    }
    assert_none("work that is not done", &complaints);
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let architecture = sources(&["ARCHITECTURE.md"]).remove(0);
    let quoted = architecture.text.split('`').skip(1).step_by(2);
    let missing = quoted.filter(|quote| looks_like_a_path(quote)).flat_map(spelled_out);
    let missing: Vec<_> = missing.filter(|path| !exists(path)).collect();
    assert_none("paths in ARCHITECTURE.md that do not exist", &missing);
}

#[test]
fn every_file_of_a_crate_ends_with_one_newline() {
    let broken = |source: &Source| !source.text.ends_with('\n') || source.text.ends_with("\n\n");
    let complaints: Vec<_> =
        sources(&[".rs"]).iter().filter(|source| broken(source)).map(|source| source.path.clone()).collect();
    assert_none("files that do not end with exactly one newline", &complaints);
}

/// A quote is a path when it has the ending of a file of ours or ends in a slash; `/d/{name}` on a server does neither.
fn looks_like_a_path(quote: &str) -> bool {
    let ending =
        [".rs", ".ts", ".md", ".toml", ".sql", ".js", ".html"].iter().any(|ending| quote.ends_with(ending));
    let folder = quote.len() > 1 && quote.ends_with('/');
    (ending || folder || quote.ends_with('}') && quote.contains('/'))
        && !quote.starts_with('/')
        && !quote.contains([' ', '*', '<', ':'])
}

/// `a/{b,c}.rs` means `a/b.rs` and `a/c.rs`.
fn spelled_out(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![path.to_owned()] };
    choices.split(',').map(|choice| format!("{before}{}{after}", choice.trim())).collect()
}

/// A path without a folder is a file somewhere in the project: the text around it tells where.
fn exists(path: &String) -> bool {
    let from_the_root = workspace().join(path).exists();
    let anywhere =
        || sources(&[path.rsplit('/').next().unwrap_or(path)]).iter().any(|source| ends_with(source, path));
    from_the_root || (Path::new(path).extension().is_some() && anywhere())
}

fn ends_with(source: &Source, path: &str) -> bool {
    source.path == path || source.path.ends_with(&format!("/{path}"))
}
