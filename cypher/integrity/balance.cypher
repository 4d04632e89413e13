// balance: the tally of a space and where its log ends.
// mode: read
// params: space STRING
// returns: id STRING, seq INTEGER, hash STRING?, tally STRING?, tally_mark STRING?, digest STRING?
MATCH (s:Space {id: $space})
RETURN s.id AS id, s.audit_seq AS seq, s.audit_hash AS hash, s.tally AS tally, s.tally_mark AS tally_mark, s.digest AS digest
