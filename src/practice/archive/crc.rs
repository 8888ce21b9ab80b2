//! CRC-32 of concatenated pieces, without reading the bytes again.

use flate2::Crc;

/// The polynomial of gzip, lowest power in the highest bit.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// The power x^0 in that bit order.
const ONE: u32 = 1 << 31;
/// x^8: the factor for each further byte.
const BYTE: u32 = 1 << 23;

/// CRC-32 of `bytes`.
pub fn of(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// CRC-32 of two concatenated pieces, the second `second_bytes` long: the first is shifted by that many bytes, which
/// is a multiplication by x^(8n).
pub fn combine(first: u32, second: u32, second_bytes: u64) -> u32 {
    let mut shift = ONE;
    let mut power = BYTE;
    let mut left = second_bytes;
    while left > 0 {
        if left & 1 == 1 {
            shift = multiply(shift, power);
        }
        power = multiply(power, power);
        left >>= 1;
    }
    multiply(first, shift) ^ second
}

/// The product of two polynomials modulo gzip's.
fn multiply(left: u32, right: u32) -> u32 {
    let mut product = 0;
    let mut shifted = right;
    for power in (0..32).rev() {
        if left >> power & 1 == 1 {
            product ^= shifted;
        }
        let carry = shifted & 1;
        shifted = (shifted >> 1) ^ (POLYNOMIAL * carry);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_pieces_have_the_sum_of_the_whole() {
        let whole = super::super::noise::random_bytes(7, 70_001);
        for cut in [0, 1, 4096, 70_000, 70_001] {
            let (first, second) = whole.split_at(cut);
            assert_eq!(combine(of(first), of(second), second.len() as u64), of(&whole));
        }
    }
}
