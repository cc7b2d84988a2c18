//! Where tasks run: the same futures on three executors.

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use futures::{executor::LocalPool, future::join_all, task::LocalSpawnExt};

/// A publisher or a reader; its output is what it verified, summed up.
pub(crate) type Task = Pin<Box<dyn Future<Output = u64> + Send>>;

/// An executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exec {
    /// `futures::executor::LocalPool`.
    Pool,
    /// tokio's current-thread runtime.
    Tokio,
    /// tokio with two workers.
    Two,
}

impl Exec {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pool => "LocalPool",
            Self::Tokio => "tokio, one thread",
            Self::Two => "tokio, two workers",
        }
    }

    /// Runs `tasks` to their ends; how long it took, without making the executor, and their outputs.
    pub(crate) fn run(self, tasks: Vec<Task>) -> (Duration, Vec<u64>) {
        match self {
            Self::Pool => {
                let mut pool = LocalPool::new();
                let spawner = pool.spawner();
                let start = Instant::now();
                let handles: Vec<_> = tasks
                    .into_iter()
                    .map(|task| spawner.spawn_local_with_handle(task).expect("the pool is there"))
                    .collect();
                let outputs = pool.run_until(join_all(handles));
                (start.elapsed(), outputs)
            }
            Self::Tokio => on_tokio(tokio::runtime::Builder::new_current_thread(), tasks),
            Self::Two => {
                let mut builder = tokio::runtime::Builder::new_multi_thread();
                builder.worker_threads(2);
                on_tokio(builder, tasks)
            }
        }
    }
}

fn on_tokio(mut builder: tokio::runtime::Builder, tasks: Vec<Task>) -> (Duration, Vec<u64>) {
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        let start = Instant::now();
        let handles: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
        let mut outputs = Vec::with_capacity(handles.len());
        for handle in handles {
            outputs.push(handle.await.expect("no task panics"));
        }
        (start.elapsed(), outputs)
    })
}

/// Lets others run, on any executor.
pub(crate) async fn yield_now() {
    let mut is_over = false;
    futures::future::poll_fn(|cx| {
        if std::mem::replace(&mut is_over, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
