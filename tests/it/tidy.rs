//! The house rules that a program can check.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Every file of the project that git knows or would add, relative to the root.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git lists the files");
    let listed = String::from_utf8(listed.stdout).expect("file names are text");
    listed.lines().filter(|file| root().join(file).exists()).map(str::to_owned).collect()
}

fn rust_files() -> Vec<(String, String)> {
    let rust = files().into_iter().filter(|file| has_ending(file, "rs"));
    rust.map(|file| (read(&file), file)).map(|(text, file)| (file, text)).collect()
}

fn has_ending(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == ending)
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The lines of a file that are code, numbered, without its unit tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_library(file: &str) -> bool {
    file.starts_with("flo_") && file.contains("/src/")
}

/// Fails with every row, so that one run shows all there is to mend.
fn none(what: &str, rows: &[String]) {
    assert!(rows.is_empty(), "{what}:\n{}", rows.join("\n"));
}

#[test]
fn crates_know_only_those_below_them() {
    let allowed = [
        ("flo_core", &[][..]),
        ("flo_publish", &["flo_core"]),
        ("flo_bind", &["flo_core"]),
        ("flo_reactive", &["flo_core", "flo_publish", "flo_bind"]),
        ("flo_test", &[]),
    ];
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo tells of the workspace");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("as JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut wrong = Vec::new();
    for (package, may_know) in allowed {
        let found = packages.iter().find(|found| found["name"] == package);
        let dependencies = &found.unwrap_or_else(|| panic!("no package {package}"))["dependencies"];
        for dependency in dependencies.as_array().expect("dependencies") {
            let name = dependency["name"].as_str().expect("a name");
            // The test kit knows none of the others, so any of them may be tested with it.
            let is_tested_with = name == "flo_test" && dependency["kind"] == "dev";
            if name.starts_with("flo_") && !may_know.contains(&name) && !is_tested_with {
                wrong.push(format!("{package} knows {name}"));
            }
        }
    }
    none("arrows that point up or sideways", &wrong);
}

#[test]
fn peers_are_compiled_only_when_they_are_measured() {
    let manifest = read("benches/Cargo.toml");
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let plain: Vec<String> = dependencies
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter(|line| {
            line.contains('=') && !line.starts_with("flo_core") && !line.starts_with("flo_reactive")
        })
        .filter(|line| !line.contains("optional = true"))
        .map(str::to_owned)
        .collect();
    none("peers that a plain build would compile", &plain);
}

#[test]
fn a_file_says_what_it_is_for_and_holds_one_idea() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files() {
        if !text.starts_with("//!") {
            wrong.push(format!("{file}: does not begin with `//!`"));
        }
        if text.lines().count() > 500 {
            wrong.push(format!("{file}: over 500 lines"));
        }
        let name = Path::new(&file).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if ["util.rs", "utils.rs", "common.rs", "types.rs", "helpers.rs", "mod.rs"].contains(&name)
        {
            wrong.push(format!("{file}: a name that says nothing"));
        }
    }
    none("files", &wrong);
}

#[test]
fn nothing_sleeps_and_nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let words = [
        ["thread::", "sleep"],
        ["time::", "sleep"],
        ["todo", "!("],
        ["unimplemented", "!("],
        ["FIX", "ME"],
        ["TO", "DO"],
        ["dbg", "!("],
        ["#[ign", "ore"],
    ];
    let mut wrong = Vec::new();
    for (file, text) in rust_files() {
        // On a clock that is paused a timer takes no time.
        let is_paused = text.contains("paused_clock");
        // The holder of a lock who was stopped cannot tell those who wait.
        let is_lock = file == "flo_core/src/sync/spin.rs";
        for (at, line) in text.lines().enumerate() {
            for word in &words {
                let may_wait = is_paused && word[0] == "time::" || is_lock && word[1] == "sleep";
                if line.contains(&word.concat()) && !may_wait {
                    wrong.push(format!("{file}:{}: {}", at + 1, line.trim()));
                }
            }
        }
    }
    none("sleeps and loose ends", &wrong);
}

#[test]
fn no_merge_was_left_half_done() {
    let mut wrong = Vec::new();
    for file in
        files().into_iter().filter(|file| ["md", "rs", "toml"].iter().any(|e| has_ending(file, e)))
    {
        for (at, line) in read(&file).lines().enumerate() {
            if ["<<<<<<< ", ">>>>>>> "].iter().any(|marker| line.starts_with(marker)) {
                wrong.push(format!("{file}:{}: {line}", at + 1));
            }
        }
    }
    none("merge markers", &wrong);
}

#[test]
fn one_module_names_the_primitives_that_a_model_replaces() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files() {
        // The test kit knows none of our crates, and no model runs it.
        let is_home = file.starts_with("flo_core/src/sync");
        if !is_library(&file) || is_home || file.starts_with("flo_test/") {
            continue;
        }
        for (at, line) in code(&text) {
            let primitives = ["std::sync", "loom::", "shuttle::", "lock_api::"];
            if primitives.iter().any(|primitive| line.contains(primitive)) {
                wrong.push(format!("{file}:{at}: {}", line.trim()));
            }
        }
    }
    none("use flo_core::sync instead", &wrong);
}

#[test]
fn unsafe_lives_in_the_engines_folders_only() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files() {
        let at_home =
            file.starts_with("flo_bind/src/graph/") || file.starts_with("flo_publish/src/ring/");
        for (at, line) in code(&text) {
            let unsafe_code =
                line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
            if unsafe_code && !at_home && !file.ends_with("tidy.rs") {
                wrong.push(format!("{file}:{at}: {}", line.trim()));
            }
        }
    }
    none("unsafe outside its homes", &wrong);
}

#[test]
fn invariants_that_are_cited_are_written_down() {
    let homes = [
        ("flo_bind/src/graph", "G"),
        ("flo_bind/src/collections", "C"),
        ("flo_bind/src/collections/tree", "T"),
        ("flo_bind/src/collections/log", "L"),
        ("flo_bind/src/collections/maps", "M"),
        ("flo_publish/src/ring", "R"),
        ("flo_publish/src/ring/cell", "C"),
        ("flo_publish/src/ring/parked", "P"),
        ("flo_publish/src/queue", "Q"),
        ("flo_test/src/step", "S"),
        ("flo_test/src/watched", "W"),
        ("flo_test/src/schedule", "T"),
    ];
    let mut wrong = Vec::new();
    for (folder, letter) in homes {
        let stated = read(&format!("{folder}.rs"));
        for (file, text) in rust_files().into_iter().filter(|(file, _)| file.starts_with(folder)) {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            let cited = words.filter(|word| {
                word.strip_prefix(letter).is_some_and(|number| {
                    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
                })
            });
            for invariant in cited {
                if !stated.contains(&format!("**{invariant}**")) {
                    wrong.push(format!("{file}: {invariant} is not in {folder}.rs"));
                }
            }
        }
    }
    none("invariants", &wrong);
}

#[test]
fn every_example_is_run_by_the_gate() {
    let gate = read(".ci/run");
    let manifest = read("examples/Cargo.toml");
    let names = manifest.split("[[example]]").skip(1).filter_map(|section| {
        let name = section.lines().find_map(|line| line.strip_prefix("name = "))?;
        Some(name.trim_matches('"').to_owned())
    });
    let missing: Vec<String> = names.filter(|name| !gate.contains(name.as_str())).collect();
    none("examples that .ci/run does not run", &missing);
}

#[test]
fn no_place_of_one_machine_is_named() {
    let places = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"]];
    let mut wrong = Vec::new();
    for file in files() {
        if has_ending(&file, "lock") {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        for (at, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(&place.concat())) {
                wrong.push(format!("{file}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    none("paths of one machine", &wrong);
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = read("README.md");
    for command in ["cargo run --release --example order_desk", "cargo test --workspace"] {
        assert!(readme.contains(command), "README.md does not name `{command}`");
    }
    assert!(read(".ci/run").contains("cargo test --workspace"), "the gate runs another command");
}

#[test]
fn the_readme_shows_the_desk_as_it_is() {
    // The picture itself is compared with the view by the desk's own tests.
    assert!(read("README.md").contains(read("examples/data/desk.txt").trim_end()));
}
