//! flo beside its peers.
