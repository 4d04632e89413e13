// ends: where the logs of spaces end, and the hash of an event of each that was seen; nulls for a space or an event that is gone.
// mode: read
// params: seen LIST<MAP>
// returns: space STRING, seq INTEGER?, hash_then STRING?
UNWIND $seen AS each
OPTIONAL MATCH (s:Space {id: each.space})
RETURN each.space AS space, s.audit_seq AS seq,
       head(COLLECT { MATCH (e:AuditEvent {space: each.space, seq: each.seq}) RETURN e.hash }) AS hash_then
