// retire: a fact supersedes or contradicts another, which was true until then; what it was is kept.
// mode: write
// params: new STRING, old STRING, type STRING, until DATETIME, by STRING, now DATETIME
// returns: valid_to DATETIME
// touches: $new, $old
CYPHER 25
MATCH (new:MemCube {id: $new}), (old:MemCube {id: $old})
WHERE old.valid_to IS NULL
CREATE (old)-[:WAS]->(:PastState {
  cube: old.id, space: old.space, state: old.state, live: old.live, valid_from: old.valid_from, valid_to: old.valid_to,
  fingerprint: old.fingerprint, updated_at: old.updated_at, known_from: coalesce(old.changed_at, old.created_at), known_to: $now
})
SET old.valid_to = $until, old.changed_at = $now
CREATE (new)-[:$($type) {at: $now, by: $by}]->(old)
RETURN old.valid_to AS valid_to
