//! Rejects properties of the client library before any client connects: those that redcard sets
//! itself, those that the library refuses, and combinations with which a client cannot be created.

mod check;
mod creation;
mod reserved;
mod text;
