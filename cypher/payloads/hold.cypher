// hold: a place keeps payloads of a space from now on: whatever is erased of that space has to be gone there, too.
// mode: write
// params: holder STRING, kind STRING, name STRING, space STRING, now DATETIME
// returns: holder STRING
// touches: nothing
MATCH (s:Space {id: $space})
// An erasure holds this lock: it sees this place, or what is read after this no longer has what it erased.
SET s.locked = true
MERGE (h:Holder {id: $holder})
ON CREATE SET h.kind = $kind, h.name = $name, h.since = $now
REMOVE h.ended_at
MERGE (h)-[r:HOLDS]->(s)
ON CREATE SET r.at = $now
RETURN h.id AS holder
