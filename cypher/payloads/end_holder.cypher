// end_holder: whoever runs the installation says that a place is no more: nothing is waited for there, and receipts name it.
// mode: write
// params: holder STRING, now DATETIME
// returns: spaces LIST<STRING>, owners LIST<STRING>
// touches: nothing
MATCH (h:Holder {id: $holder})
SET h.ended_at = $now
WITH h
CALL (h) {
  MATCH (j:Job {state: 'waiting'})
  WHERE j.holder = h.id
  SET j.state = 'declared', j.tried_at = $now
}
WITH h, COLLECT { MATCH (h)-[:HOLDS]->(s:Space) RETURN s ORDER BY s.id } AS held
CALL (h) {
  MATCH (h)-[r:HOLDS]->(:Space)
  DELETE r
}
RETURN [s IN held | s.id] AS spaces, [s IN held | s.owner] AS owners
