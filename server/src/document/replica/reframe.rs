//! Writing the new part of an update as an update of its own.

use weft_protocol::lib0::write_var_uint;
use weft_protocol::validate::{Update, write_deletes};

use super::causality::Plan;

/// Returns what `plan` takes of `update`: the structs' own bytes, with counts and first clocks that fit them.
///
/// A struct that is known in part stays whole; every Yjs implementation cuts it when it integrates it.
pub(super) fn reframe(update: &Update<'_>, plan: &Plan) -> Vec<u8> {
    let structs = update.structs();
    let taken = || plan.taken.iter().zip(update.sections()).filter(|((first, end), _)| first < end);
    let bytes: usize = taken()
        .map(|((first, end), _)| {
            (structs[*end as usize - 1].bytes_end - structs[*first as usize].at) as usize + 16
        })
        .sum();
    let mut out = Vec::with_capacity(bytes + plan.deletes.len() * 8 + 8);
    write_var_uint(&mut out, taken().count() as u64);
    for ((first, end), section) in taken() {
        let (head, last) = (structs[*first as usize], structs[*end as usize - 1]);
        write_var_uint(&mut out, u64::from(end - first));
        write_var_uint(&mut out, section.client);
        write_var_uint(&mut out, u64::from(head.clock));
        out.extend_from_slice(&update.bytes()[head.at as usize..last.bytes_end as usize]);
    }
    write_deletes(&mut out, &plan.deletes);
    out
}
