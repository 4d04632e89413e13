// terms: a memory's labels, priority, half-life and end of life as they stand.
// mode: read
// params: cube STRING, now DATETIME
// returns: id STRING, expires_at DATETIME, half_life_days FLOAT?, priority INTEGER, tags LIST<STRING>, ended BOOLEAN
MATCH (c:MemCube {id: $cube})
RETURN c.id AS id, c.expires_at AS expires_at, c.half_life_days AS half_life_days, coalesce(c.priority, 0) AS priority,
       coalesce(c.tags, []) AS tags, c.expires_at <= $now AS ended
