// head: take the lock of a space's log, and tell where it ends, whether events are past that, and in which version each of some cubes stands.
// mode: write
// params: space STRING, cubes LIST<STRING>
// returns: owner STRING, seq INTEGER, hash STRING?, beyond BOOLEAN, reads_first BOOLEAN, cubes LIST<MAP>, latest LIST<DATETIME>, tally STRING?, tally_mark STRING?, digest STRING?
// touches: nothing
MATCH (s:Space {id: $space})
// Takes the lock plainly, first: an assignment that reads what it sets takes a second one besides, and two transactions
// that each hold one of the two wait for each other.
SET s.locked = true
WITH s
RETURN s.owner AS owner, s.audit_seq AS seq, s.audit_hash AS hash,
       EXISTS { MATCH (e:AuditEvent {space: s.id}) WHERE e.seq > s.audit_seq } AS beyond,
       coalesce(s.reads_first, false) AS reads_first,
       COLLECT { UNWIND $cubes AS id MATCH (c:MemCube {id: id}) RETURN {id: c.id, version: c.version} } AS cubes,
       COLLECT { MATCH (e:AuditEvent {space: s.id, seq: s.audit_seq}) RETURN e.at } AS latest,
       s.tally AS tally, s.tally_mark AS tally_mark, s.digest AS digest
