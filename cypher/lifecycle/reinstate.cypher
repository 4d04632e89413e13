// reinstate: a fact that was superseded or contradicted holds again; the links keep when that ended.
// mode: write
// params: cube STRING, now DATETIME
// returns: by STRING
// touches: $cube, by
CYPHER 25
MATCH (old:MemCube {id: $cube})<-[r:SUPERSEDES|CONTRADICTS]-(new:MemCube)
WHERE r.until IS NULL AND old.valid_to IS NOT NULL
SET r.until = $now
WITH old, collect(new.id) AS ended
CREATE (old)-[:WAS]->(:PastState {
  cube: old.id, space: old.space, state: old.state, live: old.live, valid_from: old.valid_from, valid_to: old.valid_to,
  fingerprint: old.fingerprint, updated_at: old.updated_at, known_from: coalesce(old.changed_at, old.created_at), known_to: $now
})
SET old.valid_to = NULL, old.changed_at = $now
WITH ended
UNWIND ended AS by
RETURN by
