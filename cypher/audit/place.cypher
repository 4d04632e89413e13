// place: the place in a space's log of an event, by its id.
// mode: read
// params: space STRING, event STRING
// returns: seq INTEGER
MATCH (e:AuditEvent {space: $space})
WHERE e.seq > 0 AND e.id = $event
RETURN e.seq AS seq
LIMIT 1
