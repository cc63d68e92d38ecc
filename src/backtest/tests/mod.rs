//! Backtests of random histories, compared with a naive second implementation.

mod compared;
mod naive;
mod random_history;
