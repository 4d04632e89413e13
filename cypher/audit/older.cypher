// older: the last event of a space's log from before a moment; 0 where there is none.
// mode: read
// params: space STRING, before DATETIME
// returns: seq INTEGER
MATCH (e:AuditEvent {space: $space})
WHERE e.at < $before AND e.seq > 0
RETURN coalesce(max(e.seq), 0) AS seq
