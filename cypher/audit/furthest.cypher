// furthest: the last event there is of a space's log, whatever the space says of its end.
// mode: read
// params: space STRING
// returns: seq INTEGER, hash STRING?, at DATETIME?
MATCH (e:AuditEvent {space: $space})
WHERE e.seq >= 0 AND e.seq IS :: INTEGER NOT NULL
RETURN e.seq AS seq, e.hash AS hash, e.at AS at
ORDER BY seq DESC
LIMIT 1
