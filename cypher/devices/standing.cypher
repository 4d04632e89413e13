// standing: how the memories of a space stand, for another device to compare: those that were deleted, too, without anything they said. No row when the space may not be read.
// mode: read
// params: principal STRING, space STRING, now DATETIME, until DATETIME, after STRING, limit INTEGER
// returns: memories LIST<MAP>
// shows: memories[].id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
RETURN COLLECT {
  MATCH (c:MemCube {space: s.id})
  WHERE c.created_at IS NOT NULL AND c.id > $after AND c:Plaintext AND c.level = 'whole' AND NOT c.id IN forbidden
    AND (c.state = 'deleted' OR c.state <> 'expired' AND c.expires_at > $now)
  WITH c, sees ORDER BY c.id LIMIT $limit
  RETURN {
    id: c.id, carried_id: c.carried_id, state: c.state, erased: c.state = 'deleted' AND c.root IS NULL, type: c.semantic_type, source: c.source,
    tags: c.tags, priority: c.priority, half_life_days: c.half_life_set, expires_set: c.expires_set, indexed: c.indexed, ttl_minutes: c.ttl_minutes,
    in_step: c.in_step, changed_at: coalesce(c.changed_at, c.created_at),
    versions: COLLECT {
      MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
      WHERE c.state <> 'deleted' AND v.known_from <= $until
      RETURN {
        sha256: v.sha256, at: coalesce(v.carried_at, v.known_from), carried: v.carried_at IS NOT NULL, masked: coalesce(v.clearance, 0) > sees
      } ORDER BY v.number
    }
  } ORDER BY c.id
} AS memories
