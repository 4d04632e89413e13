// take_out: events of a space's log leave the graph, with their edges, where each is the one that is kept elsewhere; the lock of the log is held (audit/head).
// mode: write
// params: space STRING, events LIST<MAP>
// returns: gone INTEGER
// touches: nothing
UNWIND $events AS event
MATCH (e:AuditEvent {space: $space, seq: event.seq})
WHERE e.hash = event.hash
DETACH DELETE e
RETURN count(*) AS gone
