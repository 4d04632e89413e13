// cold: memories that nobody has read for long and nobody holds dear, the coldest first; whole ones, with the facts that would go with them.
// mode: read
// params: principal STRING, space STRING, now DATETIME, before DATETIME, half_life_s FLOAT, heat FLOAT, limit INTEGER
// returns: id STRING
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'write' IN actions
MATCH (c:MemCube {space: s.id, level: 'whole', live: true})
WHERE c:Plaintext AND c.state = 'activated' AND c.created_at < $before AND coalesce(c.last_accessed_at < $before, true)
  AND coalesce(c.priority, 0) <= 0 AND NOT c.id IN forbidden AND coalesce(c.clearance, 0) <= sees
  AND NOT EXISTS {
    MATCH (c)<-[:DERIVED_FROM]-(used:MemCube) WHERE used.last_accessed_at >= $before
  }
WITH c,
  //> include fragments/warmth
  AS heat
WHERE heat <= $heat
RETURN c.id AS id
ORDER BY c.created_at, id LIMIT $limit
