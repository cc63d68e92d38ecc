//! A message that is made again and again, as another transaction.

use redcard::transaction::Time;

/// A message whose time, id and token have a fixed length, so that each copy overwrites them in place.
pub struct Template {
    text: Vec<u8>,
    time_at: usize,
    id_at: usize,
    token_at: usize,
}

impl Template {
    pub fn new(message: &str) -> Self {
        let widened = widen(&widen(message, "id", "T00000000000"), "token", "c_00000000");
        let at = |needle: &str| widened.find(needle).expect("in the message");
        Self {
            time_at: at("2026-01-05T10:15:30.123Z"),
            id_at: at("T00000000000") + 1,
            token_at: at("c_00000000") + 2,
            text: widened.into_bytes(),
        }
    }

    pub fn patched(&mut self, now: Time, id: usize, card: usize) -> &[u8] {
        let mut time = Vec::with_capacity(24);
        now.write_rfc3339(&mut time);
        self.text[self.time_at..][..time.len()].copy_from_slice(&time);
        put_number(&mut self.text[self.id_at..][..11], id);
        put_number(&mut self.text[self.token_at..][..8], card);
        &self.text
    }
}

fn put_number(digits: &mut [u8], mut number: usize) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The message with the value of the first string member `key` replaced.
fn widen(message: &str, key: &str, value: &str) -> String {
    let key = format!("\"{key}\":");
    let after = message.find(&key).expect("in the message") + key.len();
    let open = after + message[after..].find('"').expect("a string") + 1;
    let close = open + message[open..].find('"').expect("its end");
    format!("{}{value}{}", &message[..open], &message[close..])
}
