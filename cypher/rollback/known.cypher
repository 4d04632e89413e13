// known: which of some events a space's log has, by their places in it.
// mode: read
// params: space STRING, seqs LIST<INTEGER>
// returns: seq INTEGER, hash STRING?
UNWIND $seqs AS wanted
MATCH (e:AuditEvent {space: $space, seq: wanted})
RETURN e.seq AS seq, e.hash AS hash
