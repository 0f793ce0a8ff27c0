//! Softmax and log-sum-exp of one row, safe for any finite logits.

/// ln Σₖ exp(zₖ), computed around the greatest logit.
#[must_use]
pub fn log_sum_exp(logits: &[f64]) -> f64 {
    let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|z| libm::exp(z - greatest)).sum();
    greatest + libm::log(sum)
}

/// Replaces logits by probabilities, exp(zₖ) / Σⱼ exp(zⱼ), and returns their log-sum-exp.
///
/// `libm` rather than the platform's functions: the same bits everywhere.
pub fn softmax_in_place(logits: &mut [f64]) -> f64 {
    let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for z in logits.iter_mut() {
        *z = libm::exp(*z - greatest);
        sum += *z;
    }
    for p in logits.iter_mut() {
        *p /= sum;
    }
    greatest + libm::log(sum)
}

/// Index of the greatest value, the first where several are equal.
#[must_use]
pub fn argmax(values: &[f64]) -> usize {
    values
        .iter()
        .enumerate()
        .fold(0, |best, (i, v)| if *v > values[best] { i } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn large_logits_do_not_overflow() {
        let mut p = [1e4, -1e4, 1e4];
        let lse = softmax_in_place(&mut p);
        assert_eq!(p, [0.5, 0.0, 0.5]);
        approx::assert_abs_diff_eq!(lse, 1e4 + 2f64.ln(), epsilon = 1e-9);
        approx::assert_abs_diff_eq!(log_sum_exp(&[0.0, 0.0]), 2f64.ln(), epsilon = 1e-15);
        assert_eq!(log_sum_exp(&[1e4, -1e4, 1e4]), lse);
    }

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(argmax(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(argmax(&[0.4, 0.2, 0.4]), 0);
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_ignore_a_common_shift(
            logits in proptest::collection::vec(-700.0..700.0f64, 2..8),
            shift in -100.0..100.0f64,
        ) {
            let mut p = logits.clone();
            softmax_in_place(&mut p);
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
            let mut shifted: Vec<f64> = logits.iter().map(|z| z + shift).collect();
            softmax_in_place(&mut shifted);
            for (a, b) in p.iter().zip(&shifted) {
                prop_assert!((a - b).abs() < 1e-10);
            }
        }
    }
}
