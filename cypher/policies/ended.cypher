// ended: memories, KV-caches and adapters of a space that have come to their end and still wait for the sweep, oldest end first.
// mode: read
// params: space STRING, now DATETIME, erase BOOLEAN, limit INTEGER
// returns: id STRING, level STRING?, payload BOOLEAN
MATCH (c:MemCube {space: $space})
WHERE c.expires_at <= $now
  AND (c.state IN ['generated', 'activated', 'merged'] OR ($erase AND c:Plaintext AND c.state IN ['expired', 'archived']))
RETURN c.id AS id, c.level AS level, NOT c:Plaintext AS payload
ORDER BY c.expires_at, id LIMIT $limit
