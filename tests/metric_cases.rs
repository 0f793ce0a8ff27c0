//! Every metric against scikit-learn on 10,000 random cases; `scripts/metric_cases.py` recorded them.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use purport::evaluation::{Evaluation, EvaluationParams, Judged};

/// The script's own generator, so that a case is drawn from its number.
struct SplitMix64(u64);

impl SplitMix64 {
    fn below(&mut self, n: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let below = (u128::from(z ^ (z >> 31)) * u128::from(n)) >> 64;
        usize::try_from(below).unwrap()
    }
}

/// Labels, gold labels and probabilities of a case; the last label is `none`.
fn draw(number: u64) -> (Vec<String>, Vec<usize>, Vec<Vec<f64>>) {
    let mut random = SplitMix64(number);
    let classes = 2 + random.below(4);
    let rows = 1 + random.below(30);
    let used = 1 + random.below(classes as u64);
    let grain = [2, 4, 1000][random.below(3)];
    let skill = random.below(3);
    let mut gold = Vec::new();
    let mut probabilities = Vec::new();
    for _ in 0..rows {
        let label = random.below(used as u64);
        let mut parts: Vec<u64> = (0..classes)
            .map(|_| random.below(grain + 1) as u64)
            .collect();
        if random.below(3) < skill {
            parts[label] += grain;
        }
        if parts.iter().all(|part| *part == 0) {
            parts[0] = 1;
        }
        let total: u64 = parts.iter().sum();
        gold.push(label);
        probabilities.push(parts.iter().map(|&p| p as f64 / total as f64).collect());
    }
    let labels = ["a", "b", "c", "d"][..classes - 1].iter().chain(&["none"]);
    (
        labels.map(|l| (*l).to_owned()).collect(),
        gold,
        probabilities,
    )
}

/// The figures of a case under the script's names, where labels are numbers.
fn figures(number: u64) -> BTreeMap<String, Option<f64>> {
    let (labels, gold, probabilities) = draw(number);
    let rows: Vec<Judged<'_>> = gold
        .iter()
        .zip(&probabilities)
        .map(|(&gold, probabilities)| Judged {
            gold: &labels[gold],
            article: 0,
            probabilities,
            seen: false,
        })
        .collect();
    let evaluation = Evaluation::of_rows("test", &labels, &rows, &EvaluationParams::default());
    let named = evaluation.named().into_iter();
    let by_number = named.map(|(name, figure)| {
        let name = match name.split_once('.') {
            Some((of, label)) => {
                let class = labels.iter().position(|l| l == label).unwrap();
                format!("{of}.{class}")
            }
            None => name,
        };
        (name, figure.value)
    });
    by_number.collect()
}

#[test]
fn e08_all_metrics_agree_with_scikit_learn() {
    let recorded = include_str!("golden/metric_cases.csv");
    let mut cases = 0u64;
    for line in recorded.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let number: u64 = fields[0].parse().unwrap();
        let mask = u64::from_str_radix(fields[1], 16).unwrap();
        let sum: f64 = fields[2].parse().unwrap();
        let found = figures(number);
        let mut weighed = 0.0;
        for (i, (name, value)) in found.iter().enumerate() {
            let defined = mask >> i & 1 == 1;
            assert_eq!(
                value.is_some(),
                defined,
                "{name} of case {number}: {value:?}"
            );
            let weight = 0.5 + ((i + 1) as f64 * 0.618_033_988_749_894_9).fract();
            weighed += weight * value.unwrap_or(0.0);
            if let Some(expected) = fields.get(3 + i).filter(|field| **field != "-") {
                let expected: f64 = expected.parse().unwrap();
                let error = (value.unwrap() - expected).abs();
                assert!(
                    error <= 1e-12,
                    "{name} of case {number}: {value:?}, expected {expected}"
                );
            }
        }
        let error = (weighed - sum).abs();
        assert!(
            error <= 1e-12,
            "case {number}: {weighed}, expected {sum}: {found:?}"
        );
        cases += 1;
    }
    assert_eq!(cases, 10_000);
}
