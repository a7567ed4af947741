//! Every rule of the specification has a test, and every citation has a rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{Source, assert_none, sources};

#[test]
fn every_rule_is_cited_by_a_test() {
    let cited: BTreeSet<String> = cited_by_tests().into_keys().collect();
    let untested: Vec<_> = rules().into_iter().filter(|rule| !cited.contains(rule)).collect();
    assert_none("rules of docs/SPEC.md that no test cites", &untested);
}

#[test]
fn every_cited_rule_exists() {
    let rules = rules();
    let mut complaints = Vec::new();
    for source in sources(&[".rs", ".ts", ".js"]) {
        for (n, line) in source.lines() {
            let unknown = identifiers(line).into_iter().filter(|id| !rules.contains(id));
            complaints.extend(unknown.map(|id| format!("{}:{n}: [{id}]", source.path)));
        }
    }
    assert_none("citations of rules that docs/SPEC.md does not have", &complaints);
}

#[test]
fn every_rule_is_defined_once() {
    let mut seen = BTreeSet::new();
    let twice: Vec<_> = definitions().into_iter().filter(|rule| !seen.insert(rule.clone())).collect();
    assert_none("rules defined more than once", &twice);
}

fn rules() -> BTreeSet<String> {
    definitions().into_iter().collect()
}

/// A line of the specification that starts with an identifier, apart from its markup, defines that rule.
fn definitions() -> Vec<String> {
    let specification = sources(&["SPEC.md"]).into_iter().find(|source| source.path == "docs/SPEC.md");
    let text = specification.expect("docs/SPEC.md has the rules").text;
    let starts = text.lines().filter_map(|line| {
        let bare = line.trim_start_matches(|c: char| c.is_whitespace() || "#-*|`".contains(c));
        bare.starts_with('[').then(|| identifiers(bare).into_iter().next()).flatten()
    });
    starts.collect()
}

fn cited_by_tests() -> BTreeMap<String, String> {
    let mut cited = BTreeMap::new();
    for source in sources(&[".rs", ".ts", ".js"]) {
        for line in test_lines(&source) {
            if is_citation(line) {
                cited.extend(identifiers(line).into_iter().map(|id| (id, source.path.clone())));
            }
        }
    }
    cited
}

/// The lines of a file of tests, or those from where the tests of a module begin.
fn test_lines(source: &Source) -> impl Iterator<Item = &str> {
    let is_test = source.is_test();
    source.text.lines().skip_while(move |line| !is_test && !line.contains("#[cfg(test)]"))
}

/// A comment that starts with an identifier, as over a test.
fn is_citation(line: &str) -> bool {
    let comment = line.trim_start().trim_start_matches('/').trim_start_matches([' ', '*', '!']);
    line.trim_start().starts_with(['/', '*']) && comment.starts_with('[') && !identifiers(comment).is_empty()
}

/// Rule identifiers in brackets: one or two capitals and a number.
fn identifiers(line: &str) -> Vec<String> {
    let bracketed = line.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(inside, _)| inside);
    bracketed.filter(|inside| is_identifier(inside)).map(str::to_owned).collect()
}

fn is_identifier(text: &str) -> bool {
    let letters = text.chars().take_while(char::is_ascii_uppercase).count();
    let digits = &text[letters..];
    (1..=2).contains(&letters)
        && (1..=2).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit())
}
