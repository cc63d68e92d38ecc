//! What a record promises: the way there and back, and an answer to everything that is none.

mod documented;
mod hostile;
mod restore;
mod round_trip;
mod support;
