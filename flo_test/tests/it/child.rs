//! What a failing test prints, and what the environment variable does: seen from another process.

use std::{cell::Cell, env, process::Command};

use flo_test::{Tasks, for_seeds, interleave, yield_now};

/// Runs the test `name` of this file in a process of its own; what it printed.
fn run(name: &str, seed: Option<&str>) -> String {
    let mut command = Command::new(env::current_exe().expect("the test binary"));
    command.args(["--exact", &format!("child::{name}"), "--nocapture"]).env("CHILD", "1");
    match seed {
        Some(seed) => command.env("FLO_TEST_SEED", seed),
        None => command.env_remove("FLO_TEST_SEED"),
    };
    let output = command.output().expect("the test binary runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The tests below are those of the child; in the parent they do nothing.
fn is_child() -> bool {
    env::var_os("CHILD").is_some()
}

#[test]
fn fails_with_tasks() {
    if is_child() {
        let mut tasks = Tasks::new();
        tasks.spawn(async { panic!("on purpose") });
        tasks.settle();
    }
}

#[test]
fn a_failing_test_with_tasks_prints_its_seed() {
    let repeat = |seed| {
        format!("the tasks ran in the order of seed {seed}; to repeat it: FLO_TEST_SEED={seed}\n")
    };
    assert!(run("fails_with_tasks", None).contains(&repeat("0")));
    assert!(run("fails_with_tasks", Some("417/6")).contains(&repeat("417/6")));
}

#[test]
fn prints_its_seeds() {
    if is_child() {
        for_seeds(3, |seed| println!("seed {seed}."));
    }
}

#[test]
fn only_the_seed_of_the_environment_is_run() {
    let all = run("prints_its_seeds", None);
    assert!(all.contains("seed 0.\nseed 1.\nseed 2.\n"), "{all}");
    let one = run("prints_its_seeds", Some("99/4"));
    assert!(one.contains("seed 99/4.\n") && !one.contains("seed 0."), "{one}");
    let bad = run("prints_its_seeds", Some("x"));
    assert!(bad.contains("FLO_TEST_SEED=x: a seed is a number, such as `417`"), "{bad}");
}

#[test]
fn loses_an_update() {
    if is_child() {
        for_seeds(1_000, |seed| {
            let count = Cell::new(0);
            let add = || async {
                let seen = count.get();
                yield_now().await;
                count.set(seen + 1);
            };
            interleave(seed, (add(), add()));
            assert_eq!(count.get(), 2);
        });
    }
}

#[test]
fn what_is_printed_repeats_it() {
    let first = run("loses_an_update", None);
    let command = "to repeat it: FLO_TEST_SEED=0/0 cargo test child::loses_an_update";
    assert!(first.contains(command), "{first}");
    assert_eq!(first.matches("panicked at").count(), 1, "the tries print nothing: {first}");
    let again = run("loses_an_update", Some("0/0"));
    assert!(again.contains("it fails with seed 0/0, as it was asked to:"), "{again}");
    assert!(again.contains("the tasks ran in this order: 0 1 0 1"), "{again}");
}
