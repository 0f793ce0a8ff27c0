//! How much memory there is.

use std::fs;

/// Bytes that can be taken without pushing other programs out: what the system has available, at most
/// what the control group of the process has left. `None` where the system does not say (it is asked the
/// way Linux answers).
#[must_use]
pub fn available() -> Option<u64> {
    let system = meminfo(&fs::read_to_string("/proc/meminfo").ok()?)?;
    Some(control_group().map_or(system, |left| left.min(system)))
}

/// `MemAvailable:   12345 kB`.
fn meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// What the memory limit of the control group leaves (version 2 of their interface).
fn control_group() -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?;
        text.trim().parse().ok()
    };
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_read() {
        let text = "MemTotal:       24689808 kB\nMemAvailable:   20000000 kB\n";
        assert_eq!(meminfo(text), Some(20_000_000 * 1024));
        assert_eq!(meminfo("MemAvailable: many"), None);
        if cfg!(target_os = "linux") {
            assert!(available().unwrap() > 1 << 20);
        }
    }
}
