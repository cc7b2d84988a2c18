//! Where the user made a node, in four bytes.
//!
//! A `&'static Location` is eight, of which the lower half tells all there is to tell as long as they are in the
//! program's own image: the distance from something that is there, too. What is further away, as in a shared
//! library, is kept in a table.
#![allow(unsafe_code, reason = "a reference is made of its distance from another")]

use std::{panic::Location, ptr};

use flo_core::sync::{SpinMutex, global};

/// A place in the user's code.
#[derive(Clone, Copy)]
pub(crate) struct Site(u32);

/// Somewhere in the image. Locations are aligned at least as this is.
static ANCHOR: u32 = 0;

global! {
    /// What is too far away.
    static FAR: SpinMutex<Vec<&'static Location<'static>>> = SpinMutex::new(Vec::new());
}

/// Set in the index of one that is far away; free in a distance, because both ends are aligned.
const IS_FAR: u32 = 1;

fn anchor() -> usize {
    (&raw const ANCHOR).expose_provenance()
}

impl Site {
    pub(crate) fn new(location: &'static Location<'static>) -> Self {
        let address = ptr::from_ref(location).expose_provenance();
        let distance = address.wrapping_sub(anchor()).cast_signed();
        match i32::try_from(distance) {
            Ok(distance) if distance & 1 == 0 => Self(distance.cast_unsigned()),
            _ => Self::far(location),
        }
    }

    #[cold]
    fn far(location: &'static Location<'static>) -> Self {
        let mut far = FAR.lock();
        let known = far.iter().position(|one| ptr::eq(*one, location));
        let at = known.unwrap_or_else(|| {
            far.push(location);
            far.len() - 1
        });
        let at = u32::try_from(at).ok().filter(|at| *at < 1 << 31);
        Self(at.expect("a program has fewer than two thousand million places") << 1 | IS_FAR)
    }

    pub(crate) fn location(self) -> &'static Location<'static> {
        if self.0 & IS_FAR != 0 {
            return FAR.lock()[(self.0 >> 1) as usize];
        }
        let distance = self.0.cast_signed() as isize;
        let address = anchor().wrapping_add_signed(distance);
        // SAFETY: the address of the location that the distance was made of, which is static.
        unsafe { &*ptr::with_exposed_provenance(address) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leads_back_to_its_location() {
        let location = Location::caller();
        assert!(ptr::eq(Site::new(location).location(), location));
        let far: &'static Location<'static> = Box::leak(Box::new(*location));
        for _ in 0..2 {
            assert!(ptr::eq(Site::far(far).location(), far));
        }
        assert!(ptr::eq(Site::new(far).location(), far));
    }
}
