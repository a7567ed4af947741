//! Who may import whom, and which libraries are named where.

use crate::sources::{Source, assert_none, mentions, sources};

/// The crates of this workspace that each crate may depend on; those under `tests` may depend on any.
const MAY_IMPORT: [(&str, &[&str]); 4] = [
    ("protocol/", &[]),
    ("storage/", &["weft-protocol"]),
    ("server/", &["weft-protocol", "weft-storage", "weft-web-editor"]),
    ("web-editor/", &[]),
];

#[test]
fn crates_depend_in_one_direction_only() {
    let mut complaints = Vec::new();
    for manifest in sources(&["Cargo.toml"]) {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(folder, _)| manifest.path.starts_with(folder))
        else {
            continue;
        };
        for (n, line) in manifest.lines() {
            let name: String = line.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
            if name.starts_with("weft-") && !allowed.contains(&name.as_str()) {
                complaints.push(format!("{}:{n}: {name}", manifest.path));
            }
        }
    }
    assert_none(
        "tests -> server -> storage -> protocol, server -> web-editor, and nothing else",
        &complaints,
    );
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    let workspace = sources(&["Cargo.toml"]).into_iter().find(|source| source.path == "Cargo.toml");
    let text = workspace.expect("the workspace has a manifest").text;
    let (_, dependencies) = text.split_once("[workspace.dependencies]").expect("it lists dependencies");
    let (dependencies, _) = dependencies.split_once("\n[").expect("a section follows");
    let mut complaints = Vec::new();
    let mut explained = false;
    for line in dependencies.lines() {
        let is_dependency = line.contains(" = ") && !line.starts_with("weft-");
        // One comment may stand over several lines that belong together.
        if is_dependency && !explained && !line.starts_with("tracing-subscriber") {
            complaints.push(line.to_owned());
        }
        explained = line.starts_with('#');
    }
    assert_none("a dependency without a reason", &complaints);
}

#[test]
fn sqlx_is_named_only_in_storage() {
    forbid("sqlx", |source| source.path.starts_with("storage/"));
}

#[test]
fn yrs_is_named_only_by_the_replica_and_by_tests() {
    forbid("yrs::", |source| {
        source.path.starts_with("server/src/document/replica") || beside_the_server(source)
    });
}

#[test]
fn the_actor_framework_is_named_only_in_actors_and_their_hub() {
    forbid("actix::", |source| {
        ["actor.rs", "mail.rs", "hub.rs", "main.rs", "serve.rs", "upkeep.rs"].contains(&source.file_name())
            || source.path.starts_with("server/src/http")
            || beside_the_server(source)
    });
    forbid("actix_web_actors", |source| ["actor.rs", "guard.rs"].contains(&source.file_name()));
    forbid("actix_web", |source| {
        let shell = ["actor.rs", "guard.rs", "socket.rs", "main.rs", "serve.rs", "upkeep.rs"]
            .contains(&source.file_name());
        shell || source.path.starts_with("server/src/http") || beside_the_server(source)
    });
}

#[test]
fn the_environment_is_read_only_in_the_configuration() {
    forbid("env::var", |source| source.file_name() == "config.rs" || beside_the_server(source));
    forbid("env::var_os", |source| source.file_name() == "config.rs" || beside_the_server(source));
}

/// Tests, benches, fuzz targets and build scripts, which are not part of the server.
fn beside_the_server(source: &Source) -> bool {
    source.is_test()
        || source.path.contains("/benches/")
        || source.path.contains("/fuzz/")
        || source.file_name() == "build.rs"
}

fn forbid(word: &str, allowed: impl Fn(&Source) -> bool) {
    let mut complaints = Vec::new();
    for source in sources(&[".rs"]).iter().filter(|source| !allowed(source)) {
        // The house rules name what they forbid.
        if source.path.starts_with("tests/tidy/") {
            continue;
        }
        let named = source.code().filter(|(_, line)| mentions(line, word));
        complaints.extend(named.map(|(n, line)| format!("{}:{n}: {}", source.path, line.trim())));
    }
    assert_none(&format!("{word} is named where it must not be"), &complaints);
}
