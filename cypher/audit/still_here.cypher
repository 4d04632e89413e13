// still_here: which of some events, by place and hash, a space's log still has in the graph.
// mode: read
// params: space STRING, events LIST<MAP>
// returns: seq INTEGER
UNWIND $events AS event
MATCH (e:AuditEvent {space: $space, seq: event.seq})
WHERE e.hash = event.hash
RETURN e.seq AS seq
