//! A history whose things are edited on one thread while another one takes steps back.

use std::{sync::Mutex, thread};

use flo_bind::{
    Binding, BoundExt, History, ListBinding, MapBinding, UndoError, bind, list_transaction,
    transaction,
};

/// Numbers that follow from a seed.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(bound)).unwrap()
    }
}

#[test]
fn u6_a_step_is_not_taken_back_from_under_a_later_one() {
    /// Has something done when number 42 is cloned next.
    #[derive(PartialEq)]
    struct Hooked(u32);
    static HOOK: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);
    impl Clone for Hooked {
        fn clone(&self) -> Self {
            let hook = if self.0 == 42 { HOOK.lock().unwrap().take() } else { None };
            if let Some(hook) = hook {
                hook();
            }
            Self(self.0)
        }
    }
    let (list, number) = (ListBinding::from(vec![1]), bind(0));
    let (hooked, history) = (ListBinding::from(vec![Hooked(1)]), History::new());
    history.watch(&list);
    history.watch(&number);
    // What was watched last is taken back first.
    history.watch(&hooked);
    type Meanwhile = fn(&ListBinding<i32>, &Binding<i32>);
    let meanwhile: [(Meanwhile, usize); 2] = [
        (|list, _| list.insert(0, 7), 1),
        // It is again what the step has made of it.
        (|_, number| (number.set(7), number.set(1)).1, 2),
    ];
    for (meanwhile, later) in meanwhile {
        transaction(|| {
            list.push(2);
            number.set(1);
            hooked.push(Hooked(42));
            hooked.remove(1);
        });
        let others = (list.clone(), number.clone());
        *HOOK.lock().unwrap() = Some(Box::new(move || {
            thread::spawn(move || meanwhile(&others.0, &others.1)).join().unwrap();
        }));
        assert_eq!(history.undo(), Err(UndoError::Diverged));
        assert!(HOOK.lock().unwrap().is_none());
        assert_eq!((history.undo_count(), history.redo_count()), (1 + later, 0));
        for _ in 0..=later {
            assert_eq!(history.undo(), Ok(()));
        }
        assert_eq!((list.snapshot().to_vec(), number.get()), (vec![1], 0));
    }
}

#[test]
fn what_threads_have_done_and_taken_back_at_once_can_all_be_taken_back() {
    for seed in 0..30 {
        let (number, list) = (bind(0_u32), ListBinding::<u32>::new());
        let (map, history) = (MapBinding::<u32, u32>::new(), History::new());
        history.watch(&number);
        history.watch(&list);
        history.watch(&map);
        let edit = |random: &mut Seeded| match random.below(9) {
            // Few values, so that what is there is often what was there.
            0 => number.set(random.below(3)),
            1 => list.push(random.below(3)),
            2 => drop(list.pop()),
            3 => drop(map.insert(random.below(3), random.below(3))),
            4 => list_transaction(|| {
                list.insert(0, 3);
                number.update(|number| *number += 1);
                map.remove(&1);
            }),
            5 => history.group(|| {
                list.push(4);
                number.set(9);
            }),
            6 | 7 => drop(history.undo()),
            _ => drop(history.redo()),
        };
        thread::scope(|scope| {
            for thread in 0..3 {
                let mut random = Seeded((seed * 3 + thread + 1) * 0x9e37_79b9);
                scope.spawn(move || (0..150).for_each(|_| edit(&mut random)));
            }
        });
        while history.undo_count() > 0 {
            assert_eq!(history.undo(), Ok(()), "seed {seed}");
        }
        assert_eq!((number.get(), list.len(), map.len()), (0, 0, 0), "seed {seed}");
    }
}
