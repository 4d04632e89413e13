// hash_at: the hash of one event of a space's log.
// mode: read
// params: space STRING, seq INTEGER
// returns: hash STRING?
MATCH (e:AuditEvent {space: $space, seq: $seq})
RETURN e.hash AS hash
LIMIT 1
