//! Updates whose causes never come: they are held aside.

use weft_tests::client::Client;
use weft_tests::frames::{self, hex, put_bytes, put_uint};

use crate::attack::{Answer, Attack};
use crate::siege::{attacker, outcome};
use crate::updates::{in_document, letter};

/// The part of the family.
pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::new(
            ("gaps that never close", "sends 20,000 updates whose causes do not exist"),
            "W8",
            Answer::Served,
            |address| async move {
                let updates = (0..20_000).map(|client| frames::update(&letter(7_000_000 + client, 5)));
                in_document(address, "gaps", updates.collect()).await
            },
        ),
        Attack::new(
            (
                "gaps until nothing more is held",
                "sends 40 MiB of updates whose causes do not exist, 32 are held",
            ),
            "W8",
            Answer::CloseOrEnd(1013),
            |address| async move {
                let updates = (0..40).map(|client| frames::update(&large_gap(7_500_000 + client, 1 << 20)));
                in_document(address, "large-gaps", updates.collect()).await
            },
        )
        .peak_mib(80),
        Attack::new(
            ("gaps with ballast", "sends 2,000 small gaps, each followed by 60 KiB that mean nothing"),
            "W8",
            Answer::Served,
            |address| async move {
                let ballast = [vec![77], vec![0; 60 << 10]].concat();
                let pair = |client| [frames::update(&letter(7_800_000 + client, 5)), ballast.clone()];
                in_document(address, "ballast", (0..2_000_u64).flat_map(pair).collect()).await
            },
        ),
        Attack::new(
            (
                "gaps beside the witnesses",
                "holds fifteen updates of 200 KiB and leaves them to be tried at every edit",
            ),
            "W8",
            Answer::Served,
            |address| async move {
                let mut socket = attacker(address).await;
                for client in 0..15 {
                    let gap = crowded_gap(8_000_000 + client, 12_000);
                    socket.send(frames::update(&gap)).await.expect("the socket is open");
                }
                let seen = outcome(&mut socket).await;
                // Held still while the witnesses type on.
                Client::join(address, "elsewhere").await;
                seen
            },
        ),
    ]
}

fn large_gap(client: u64, bytes: usize) -> Vec<u8> {
    let mut update = hex("0101");
    put_uint(&mut update, client);
    put_uint(&mut update, 5);
    update.extend_from_slice(&[4, 1, 4]);
    update.extend_from_slice(b"text");
    put_bytes(&mut update, &vec![b'x'; bytes]);
    update.push(0);
    update
}

/// A gap of many small items, which costs more to read than one of much text.
fn crowded_gap(client: u64, items: u64) -> Vec<u8> {
    let mut update = hex("01");
    put_uint(&mut update, items);
    put_uint(&mut update, client);
    put_uint(&mut update, 5);
    for _ in 0..items {
        update.extend_from_slice(&[4, 1, 4]);
        update.extend_from_slice(b"text");
        put_bytes(&mut update, b"xxxxxxx");
    }
    update.push(0);
    update
}
