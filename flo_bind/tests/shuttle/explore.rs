//! Running a scenario under many schedules.

use std::env;

use flo_core::sync::barrier;
use shuttle::{
    Config, Runner,
    scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Scheduler},
    thread::JoinHandle,
};

use crate::bounded::Bounded;

/// How many schedules there are of each kind, unless the environment says.
const SCHEDULES: usize = 1_000;

/// Runs `scenario` under schedules that switch threads at random, and under others that switch seldom: at so many steps
/// as a mistake may need, which are anywhere. The locks of graphs belong to threads in it.
pub(crate) fn explore(scenario: impl Fn() + Send + Sync + Copy + 'static) {
    let scenario = move || {
        barrier::give();
        scenario();
    };
    if let Ok(schedule) = env::var("FLO_SCHEDULE") {
        return run(ReplayScheduler::new_from_encoded(&schedule), scenario);
    }
    let schedules = count("FLO_SCHEDULES").unwrap_or(SCHEDULES);
    run(RandomScheduler::new(schedules), scenario);
    for switches in [2, 3, 5] {
        run(PctScheduler::new(switches, schedules), scenario);
    }
}

/// Runs `scenario` under every schedule with at most so many switches. The locks of graphs are nobody's in it, or there
/// were too many.
pub(crate) fn exhaust(switches: usize, scenario: impl Fn() + Send + Sync + Copy + 'static) {
    if let Ok(schedule) = env::var("FLO_SCHEDULE") {
        return run(ReplayScheduler::new_from_encoded(&schedule), scenario);
    }
    run(Bounded::new(switches + count("FLO_MORE_SWITCHES").unwrap_or(0)), scenario);
}

fn count(name: &str) -> Option<usize> {
    env::var(name).ok()?.parse().ok()
}

fn run(scheduler: impl Scheduler + 'static, scenario: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    // That it takes every order of memory for the strictest, which is so, and is loom's to know better.
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(scenario);
}

/// Waits for all of them; fails where one has.
pub(crate) fn join_all<const N: usize>(threads: [JoinHandle<()>; N]) {
    for thread in threads {
        thread.join().unwrap();
    }
}
