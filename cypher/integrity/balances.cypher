// balances: the tallies of spaces and where their logs end, once their locks are held.
// mode: write
// params: spaces LIST<STRING>
// returns: id STRING, seq INTEGER, hash STRING?, tally STRING?, tally_mark STRING?, digest STRING?
// touches: nothing
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
SET s.locked = true
WITH s
RETURN s.id AS id, s.audit_seq AS seq, s.audit_hash AS hash, s.tally AS tally, s.tally_mark AS tally_mark, s.digest AS digest
