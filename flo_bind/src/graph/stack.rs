//! What a walk has put off: a stack that needs no memory of its own while it is small.
//!
//! ```text
//!   push ─▶ few [ d e f ]   full: all of it moves to the end of `many`
//!   pop  ◀─ few, or where that is empty the last of many [ a b c ]
//! ```
//!
//! The usual push is a look at a length and a store; a vector that is small in itself looks where it has its items each time.

use arrayvec::ArrayVec;

/// The last one pushed is popped first.
pub(super) struct Stack<T, const FEW: usize> {
    few: ArrayVec<T, FEW>,
    /// Below all of `few`.
    many: Vec<T>,
}

impl<T, const FEW: usize> Stack<T, FEW> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { few: ArrayVec::new_const(), many: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, item: T) {
        if let Err(error) = self.few.try_push(item) {
            self.spill(error.element());
        }
    }

    #[cold]
    #[inline(never)]
    fn spill(&mut self, item: T) {
        self.many.extend(self.few.drain(..));
        self.few.push(item);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        match self.few.pop() {
            None if !self.many.is_empty() => self.many.pop(),
            item => item,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_what_a_vec_would_give() {
        let (mut stack, mut vec) = (Stack::<u32, 3>::new(), Vec::new());
        for step in 0..200 {
            if step % 7 < 4 {
                stack.push(step);
                vec.push(step);
            } else {
                assert_eq!(stack.pop(), vec.pop());
            }
        }
        while let Some(item) = vec.pop() {
            assert_eq!(stack.pop(), Some(item));
        }
        assert_eq!(stack.pop(), None);
    }
}
