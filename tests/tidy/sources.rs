//! The files of the project.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use weft_tests::environment::workspace;

/// Made by tools, not by hand.
const GENERATED: [&str; 6] = ["target", "node_modules", ".git", "dist", "test-results", "weft-data"];

/// A text file: its path from the root of the workspace, and what it holds.
pub struct Source {
    /// The path, with forward slashes.
    pub path: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// The name without the folders.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().expect("a path has a last part")
    }

    /// The lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(n, line)| (n + 1, line))
    }

    /// The lines that are not comments, numbered from 1.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether it is a test as a whole: in the tests folder, or a file of unit tests.
    pub fn is_test(&self) -> bool {
        let name = self.file_name();
        self.path.starts_with("tests/")
            || name == "tests.rs"
            || self.path.contains("/tests/")
            || name.contains(".test.")
    }
}

/// Every file with one of these endings.
pub fn sources(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    collect(workspace(), endings, &mut found);
    assert!(!found.is_empty(), "no files end in {endings:?}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if GENERATED.contains(&name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(read(path));
        }
    }
}

fn read(path: PathBuf) -> Source {
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path
        .strip_prefix(workspace())
        .expect("it was found in the workspace")
        .to_str()
        .expect("paths are UTF-8");
    Source { path: path.to_owned(), text }
}

/// Whether `line` contains `word` as a whole word.
pub fn mentions(line: &str, word: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_a_word) && !after.is_some_and(part_of_a_word)
    })
}

/// Fails with every complaint on a line of its own.
pub fn assert_none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}
