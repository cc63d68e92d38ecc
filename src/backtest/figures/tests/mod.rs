mod naive;
mod reference;
mod resampling;
mod support;
