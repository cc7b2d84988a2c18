//! Every schedule with at most so many switches of threads beside those that waiting forces.
//!
//! Most mistakes need few switches, at the right steps; so these are all tried, where all orders would be too many.
//! What the engine decides by chance, its patience, is tried both ways, too.

use shuttle::{
    current::TaskId,
    scheduler::{Schedule, Scheduler, Task},
};

/// A step at which there is a choice.
#[derive(Debug, PartialEq, Eq)]
enum Choice {
    /// The first goes on, or another one, which is a switch if the first could.
    Thread {
        options: Vec<TaskId>,
        may_go_on: bool,
    },
    Chance,
}

impl Choice {
    fn count(&self) -> usize {
        match self {
            Self::Thread { options, .. } => options.len(),
            Self::Chance => 2,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Bounded {
    switches: usize,
    /// The choices of this execution, and which option of each is taken.
    path: Vec<(Choice, usize)>,
    at: usize,
    switched: usize,
    pub(crate) executions: usize,
}

impl Bounded {
    pub(crate) fn new(switches: usize) -> Self {
        Self { switches, path: Vec::new(), at: 0, switched: 0, executions: 0 }
    }

    /// Which option is taken: as on the path to where the last execution and this one part, or the first.
    fn choose(&mut self, choice: Choice) -> usize {
        if self.at == self.path.len() {
            self.path.push((choice, 0));
        } else {
            assert_eq!(
                self.path[self.at].0, choice,
                "the scenario is another one in each execution"
            );
        }
        self.at += 1;
        self.path[self.at - 1].1
    }
}

impl Scheduler for Bounded {
    fn new_execution(&mut self) -> Option<Schedule> {
        (self.at, self.switched) = (0, 0);
        if self.executions > 0 {
            while self.path.pop_if(|(choice, taken)| *taken + 1 == choice.count()).is_some() {}
            self.path.last_mut()?.1 += 1;
        }
        self.executions += 1;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let ids = runnable.iter().map(|task| task.id());
        let may_go_on = !is_yielding && ids.clone().any(|id| Some(id) == current);
        if may_go_on && self.switched == self.switches {
            return current;
        }
        let mut options: Vec<_> = ids.collect();
        // Who yields comes last: he waits for somebody.
        options.sort_by_key(|id| (Some(*id) == current) != may_go_on);
        if let [only] = options[..] {
            return Some(only);
        }
        let taken = self.choose(Choice::Thread { options: options.clone(), may_go_on });
        if may_go_on && taken > 0 {
            self.switched += 1;
        }
        Some(options[taken])
    }

    fn next_u64(&mut self) -> u64 {
        if self.choose(Choice::Chance) == 0 { 0 } else { u64::MAX }
    }
}
