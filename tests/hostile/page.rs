//! `docs/attacks.md` and the list of attacks say the same.

use std::collections::BTreeSet;
use std::fs;

use weft_tests::environment::workspace;

use crate::attack::Attack;
use crate::{entry, framing, handshake, images, joins, presence, protocol, rates, requests, updates};

/// Fewer would mean that a family is no longer listed.
const ATTACKS_LEAST: usize = 200;

fn families() -> Vec<(&'static str, Vec<Attack>)> {
    let joining = joins::attacks().into_iter().chain(joins::over_the_limit());
    vec![
        ("handshake", handshake::attacks()),
        ("frames", framing::attacks()),
        ("messages", protocol::attacks()),
        ("awareness", presence::attacks()),
        ("updates", updates::attacks()),
        ("joins", joining.collect()),
        ("requests", requests::attacks()),
        ("images", images::attacks()),
        ("access", entry::attacks()),
        ("rates", rates::attacks()),
    ]
}

/// [H1] [H4] [H6]
#[test]
fn the_page_lists_every_attack_as_it_is() {
    let page = fs::read_to_string(workspace().join("docs/attacks.md")).expect("the page exists");
    let shown: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let lines: Vec<String> = families()
        .iter()
        .flat_map(|(family, attacks)| attacks.iter().map(|attack| attack.page_line(family)))
        .collect();
    assert!(shown == lines, "docs/attacks.md has to have these lines:\n{}", lines.join("\n"));
    assert!(lines.len() >= ATTACKS_LEAST, "only {} attacks", lines.len());
}

#[test]
fn attacks_have_names_of_their_own_and_rules_that_exist() {
    let rules = fs::read_to_string(workspace().join("docs/SPEC.md")).expect("the rules exist");
    let mut names = BTreeSet::new();
    for attack in families().into_iter().flat_map(|(_, attacks)| attacks) {
        assert!(names.insert(attack.name), "two attacks are called {}", attack.name);
        assert!(rules.contains(&format!("- [{}]", attack.rule)), "{}: no rule {}", attack.name, attack.rule);
    }
}
