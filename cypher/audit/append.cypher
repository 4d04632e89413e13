// append: chain events to the end of their space's log, whose lock is held (audit/head), in the order given.
// mode: write
// params: space STRING, events LIST<MAP>, seq INTEGER, hash STRING, tally_mark STRING?
// returns: seq INTEGER, made STRING?
// touches: nothing
// governs: made
MATCH (s:Space {id: $space})
SET s.audit_seq = $seq, s.audit_hash = $hash, s.tally_mark = $tally_mark
WITH s
UNWIND $events AS event
CREATE (e:AuditEvent)
SET e = event.properties
WITH e, event
// Who has no node yet was refused something, or the act would have needed one.
MERGE (p:Principal {id: event.by})
ON CREATE SET p.kind = 'user', p.created_at = e.at
CREATE (e)-[:BY]->(p)
WITH e, event, CASE WHEN p.created_at = e.at THEN p.id END AS made
CALL (e) {
  MATCH (previous:AuditEvent {space: e.space, seq: e.seq - 1})
  CREATE (e)-[:AFTER]->(previous)
}
CALL (e, event) {
  UNWIND event.cubes AS touched
  MATCH (c:MemCube {id: touched.id})
  CREATE (e)-[:ON {version: touched.version}]->(c)
}
RETURN e.seq AS seq, made
