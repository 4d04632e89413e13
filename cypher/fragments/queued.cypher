// queued: payload `p` is to be erased at every place that keeps payloads of its space; where none is known, by whoever comes first.
// params: now DATETIME
// needs: p
// yields: nothing; follows any clause, and is followed by one
CALL (p) {
  OPTIONAL MATCH (h:Holder)-[:HOLDS]->(:Space {id: p.space})
  WHERE h.kind IN ['home', 'vault'] OR p:Parametric
  WITH p, h.id AS holder
  WHERE NOT EXISTS {
    MATCH (j:Job {state: 'waiting'})
    WHERE j.kind = 'erase' AND j.cube = p.id AND coalesce(j.holder, '') = coalesce(holder, '')
  }
  CREATE (:Job {
    id: randomUUID(), kind: 'erase', state: 'waiting', space: p.space, cube: p.id, memory_type: p.memory_type, holder: holder,
    payload: p.payload_uri, files: p.payload_files, created_at: $now, created_by: coalesce(p.deleted_by, p.created_by)
  })
}
