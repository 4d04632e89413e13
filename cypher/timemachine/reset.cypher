// reset: memories get back the state and the validity they had; what they were until now is kept. No row: it stands otherwise than it was read.
// mode: write
// params: rows LIST<MAP>, now DATETIME
// returns: id STRING
// touches: $rows.id
UNWIND $rows AS row
MATCH (c:MemCube {id: row.id})
WHERE c.state = row.standing AND c.version = row.version
CREATE (c)-[:WAS]->(:PastState {
  cube: c.id, space: c.space, state: c.state, live: c.live, valid_from: c.valid_from, valid_to: c.valid_to,
  fingerprint: c.fingerprint, left_with_source: c.left_with_source, updated_at: c.updated_at,
  known_from: coalesce(c.changed_at, c.created_at), known_to: $now
})
SET c.state = row.state, c.live = row.live, c.valid_from = row.valid_from, c.valid_to = row.valid_to,
    c.fingerprint = row.fingerprint, c.left_with_source = row.left_with_source, c.changed_at = $now
RETURN c.id AS id
