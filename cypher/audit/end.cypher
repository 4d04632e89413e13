// end: where a space says its log ends.
// mode: read
// params: space STRING
// returns: seq INTEGER, hash STRING?
MATCH (s:Space {id: $space})
RETURN s.audit_seq AS seq, s.audit_hash AS hash
