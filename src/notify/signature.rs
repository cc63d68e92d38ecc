//! Signs a webhook's request with HMAC-SHA-256 (RFC 2104) over the time of sending and the body.

use crate::hex::hex;
use crate::transaction::Time;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header with the signature: `t=<seconds since 1970>,v1=<64 hexadecimal digits>`.
pub const SIGNATURE_HEADER: &str = "x-redcard-signature";

/// The value of the header. The signed text is `<seconds since 1970>.<body>`, so that a receiver
/// can refuse a replayed request. `None` if HMAC refuses the key, which never happens.
pub fn sign(key: &[u8], sent: Time, body: &[u8]) -> Option<String> {
    let seconds = sent.millis().div_euclid(1_000);
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).ok()?;
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1767607200.{"a":1}' | openssl dgst -sha256 -hmac …`.
    #[test]
    fn the_signature_is_that_of_other_tools() {
        let signed =
            sign(b"0123456789abcdef0123456789abcdef", Time(1_767_607_200_999), b"{\"a\":1}");
        assert_eq!(signed.unwrap(), EXPECTED);
    }

    const EXPECTED: &str =
        "t=1767607200,v1=dee7a0ab24e012ea1098dffa015a53c9665b7d8c834276c4da3ae7b8b562703b";
}
