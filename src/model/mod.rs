//! Numbers in, probabilities out: multinomial logistic regression, its calibration, and the chain
//! of labels over neighbouring rows.

pub mod calibration;
pub mod chain;
pub mod dense;
pub mod logistic;
mod newton;
pub mod objective;
pub mod params;
pub mod softmax;
