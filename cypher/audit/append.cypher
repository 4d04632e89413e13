// append: chain events to the end of their space's log, in the order given; takes the space's lock.
// mode: write
// params: space STRING, events LIST<MAP>
// returns: seq INTEGER
MATCH (s:Space {id: $space})
// Takes the lock plainly, first: an assignment that reads what it sets takes a second one besides, and two transactions
// that each hold one of the two wait for each other.
SET s.locked = true
WITH s
SET s.audit_seq = s.audit_seq + size($events)
WITH s, s.audit_seq - size($events) AS before
UNWIND range(0, size($events) - 1) AS i
WITH s, before + i + 1 AS seq, $events[i] AS event
CREATE (e:AuditEvent {
  space: s.id, seq: seq, id: event.id, at: event.at, action: event.action, principal: event.principal,
  request_id: event.request_id, reason: event.reason, detail: event.detail, count: event.count
})
WITH e, event
MATCH (p:Principal {id: event.principal})
CREATE (e)-[:BY]->(p)
WITH e, event
CALL (e) {
  MATCH (previous:AuditEvent {space: e.space, seq: e.seq - 1})
  CREATE (e)-[:AFTER]->(previous)
}
CALL (e, event) {
  UNWIND event.cubes AS touched
  MATCH (c:MemCube {id: touched})
  CREATE (e)-[:ON {version: c.version}]->(c)
}
RETURN e.seq AS seq
