//! What a shape must come to: the simplest library that does exactly the needed work.
//!
//! A node runs when a value that it read last time, asked in that order, is another one; effects run after
//! the write, if that is so. Every library's results are compared with this one's, and flo's runs too.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::Arc,
};

use crate::library::{Library, Node};

pub(crate) struct Oracle;

type Handle = Rc<Data>;
type Compute = Box<dyn Fn() -> Arc<[u64]>>;

pub(crate) struct Data {
    value: RefCell<Arc<[u64]>>,
    version: Cell<u64>,
    /// The commit for which the value is known to be right.
    right_at: Cell<u64>,
    /// What the last run read, and the versions it saw.
    read: RefCell<Vec<(Handle, u64)>>,
    compute: Option<Compute>,
}

thread_local! {
    static COMMIT: Cell<u64> = const { Cell::new(1) };
    static READS: RefCell<Vec<Vec<(Handle, u64)>>> = const { RefCell::new(Vec::new()) };
    static EFFECTS: RefCell<Vec<Weak<Data>>> = const { RefCell::new(Vec::new()) };
    static IS_BATCH: Cell<bool> = const { Cell::new(false) };
}

fn node(compute: Option<Compute>, value: u64) -> Handle {
    Rc::new(Data {
        value: RefCell::new(Arc::new([value])),
        version: Cell::new(0),
        right_at: Cell::new(0),
        read: RefCell::default(),
        compute,
    })
}

fn one(f: impl Fn() -> u64 + 'static) -> Handle {
    node(Some(Box::new(move || Arc::new([f()]))), 0)
}

fn store(node: &Data, value: Arc<[u64]>) -> bool {
    let differs = *node.value.borrow() != value;
    if differs {
        node.value.replace(value);
        node.version.set(node.version.get() + 1);
    }
    differs
}

fn refresh(node: &Data) {
    let Some(compute) = &node.compute else { return };
    let is_first = node.right_at.get() == 0;
    if node.right_at.replace(COMMIT.get()) == COMMIT.get() {
        return;
    }
    let is_stale = |(from, seen): &(Handle, u64)| {
        refresh(from);
        from.version.get() != *seen
    };
    if is_first || node.read.borrow().iter().any(is_stale) {
        READS.with_borrow_mut(|reads| reads.push(Vec::new()));
        let value = compute();
        let read = READS.with_borrow_mut(Vec::pop);
        node.read.replace(read.unwrap_or_default());
        store(node, value);
    }
}

fn look(node: &Handle) -> Arc<[u64]> {
    refresh(node);
    READS.with_borrow_mut(|reads| {
        if let Some(reads) = reads.last_mut() {
            reads.push((Rc::clone(node), node.version.get()));
        }
    });
    Arc::clone(&node.value.borrow())
}

fn run_effects() {
    EFFECTS.with_borrow_mut(|effects| effects.retain(|effect| effect.strong_count() > 0));
    let effects = EFFECTS.with_borrow(Clone::clone);
    for effect in effects.iter().filter_map(Weak::upgrade) {
        refresh(&effect);
    }
}

impl Library for Oracle {
    const NAME: &'static str = "oracle";
    type Cell = Handle;
    type Derived = Handle;
    type Wide = Handle;
    type Effect = Handle;
    type Scope = ();

    fn scoped<R>(f: impl FnOnce() -> R) -> (R, ()) {
        (f(), ())
    }

    fn cell(value: u64) -> Handle {
        node(None, value)
    }

    fn get(cell: &Handle) -> u64 {
        look(cell)[0]
    }

    fn set(cell: &Handle, value: u64) {
        if store(cell, Arc::new([value])) {
            COMMIT.set(COMMIT.get() + 1);
            if !IS_BATCH.get() {
                run_effects();
            }
        }
    }

    fn batch(f: impl FnOnce()) {
        IS_BATCH.set(true);
        f();
        IS_BATCH.set(false);
        run_effects();
    }

    fn computed<const N: usize, const M: usize>(
        cells: [Handle; N],
        derived: [Handle; M],
        f: impl Fn(&[Handle; N], &[Handle; M]) -> u64 + Send + Sync + 'static,
    ) -> Handle {
        one(move || f(&cells, &derived))
    }

    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Handle {
        one(move || f(&nodes))
    }

    fn read(derived: &Handle) -> u64 {
        look(derived)[0]
    }

    fn wide(
        cells: Vec<Handle>,
        f: impl Fn(&[Handle]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Handle {
        node(Some(Box::new(move || f(&cells))), 0)
    }

    fn pick(wide: &Handle, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Handle {
        let wide = Rc::clone(wide);
        one(move || f(&look(&wide)))
    }

    fn effect(derived: Handle, f: impl Fn(&Handle) + Send + Sync + 'static) -> Handle {
        let effect = one(move || {
            f(&derived);
            0
        });
        refresh(&effect);
        EFFECTS.with_borrow_mut(|effects| effects.push(Rc::downgrade(&effect)));
        effect
    }
}
