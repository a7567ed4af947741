//! Builds the pages into `$OUT_DIR/web`, where `lib.rs` embeds them from.
//!
//! - `WEFT_WEB=skip` embeds nothing: the server then has an API and no pages, and no Node is needed.
//! - `WEFT_WEB_DIST=/path` takes pages that were built elsewhere with `node scripts/build.js dir 11`.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script everything through the environment"
)]

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What the pages are made of. Never `node_modules`: installing it would start the next build.
const SOURCES: [&str; 10] = [
    "src",
    "scripts",
    "index.html",
    "document.html",
    "whiteboard.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.js",
    "build.rs",
];

/// A copy of the lock file that `node_modules` was installed from.
const STAMP: &str = "node_modules/.weft-installed";

const WAY_OUT: &str =
    "set WEFT_WEB=skip to build without the pages, or WEFT_WEB_DIST to a folder with built ones";

fn main() -> ExitCode {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    for variable in ["WEFT_WEB", "WEFT_WEB_DIST"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={}", message.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let web = required("OUT_DIR")?.join("web");
    empty(&web).map_err(|error| format!("cannot empty {}: {error}", web.display()))?;
    if env::var_os("WEFT_WEB").is_some_and(|value| value == "skip") {
        return Ok(());
    }
    if let Some(dist) = env::var_os("WEFT_WEB_DIST") {
        let dist = PathBuf::from(dist);
        println!("cargo::rerun-if-changed={}", dist.display());
        return copy(&dist, &web)
            .map_err(|error| format!("cannot copy WEFT_WEB_DIST={}: {error}", dist.display()));
    }
    let root = required("CARGO_MANIFEST_DIR")?;
    install(&root)?;
    let quality = if env::var_os("PROFILE").is_some_and(|profile| profile == "release") { "11" } else { "9" };
    let script = Path::new("scripts").join("build.js");
    run(Command::new("node").arg(script).arg(&web).arg(quality).current_dir(&root))
}

/// Installs the npm packages, unless those of this lock file are there.
fn install(root: &Path) -> Result<(), String> {
    let lock_path = root.join("package-lock.json");
    let describe = |error: io::Error| format!("cannot read {}: {error}", lock_path.display());
    // Two cargo runs with different target folders share node_modules; the second waits and finds it installed.
    let guard = File::open(&lock_path).map_err(describe)?;
    guard.lock().map_err(describe)?;
    let lock = fs::read(&lock_path).map_err(describe)?;
    let stamp = root.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("cargo::warning=installing the npm packages of the pages (npm ci); this takes up to a minute");
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(root))?;
    fs::write(&stamp, lock).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    // Cargo's job server is of no use to Node and confuses native builds of npm packages.
    for variable in ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"] {
        command.env_remove(variable);
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            format!("{program} was not found: the pages need Node 20.19 or newer with npm (https://nodejs.org); install it, or {WAY_OUT}")
        }
        _ => format!("cannot run {program}: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    eprintln!("{said}");
    Err(format!(
        "building the pages failed: {program} ended with {}; its output is below. To go on without, {WAY_OUT}",
        output.status
    ))
}

fn required(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("cargo did not set {variable}"))
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(folder)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
