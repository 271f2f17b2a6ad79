//! Sums of equal dice, counted, not thrown.

/// The share of all throws of `count` dice with `sides` sides each that add up to `wanted` or more.
pub fn at_least(count: u32, sides: u32, wanted: u32) -> Result<f64, String> {
    if !(1..=20).contains(&count) || !(2..=100).contains(&sides) {
        return Err("take 1 to 20 dice of 2 to 100 sides".to_owned());
    }
    let mut sums = vec![1.0];
    for _ in 0..count {
        let mut next = vec![0.0; sums.len() + sides as usize];
        for (sum, share) in sums.iter().enumerate() {
            for side in 1..=sides as usize {
                next[sum + side] += share / f64::from(sides);
            }
        }
        sums = next;
    }
    Ok(sums.iter().skip(wanted as usize).sum())
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn two_dice_of_six_sides() {
        assert!((at_least(2, 6, 12).unwrap() - 1.0 / 36.0).abs() < 1e-12);
        assert!((at_least(2, 6, 2).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(at_least(2, 6, 13), Ok(0.0));
    }

    #[test]
    fn nobody_throws_a_thousand() {
        assert!(at_least(1000, 6, 1).is_err());
    }
}
