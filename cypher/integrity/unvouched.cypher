// unvouched: a stretch of the memories that have no digest, by id.
// mode: read
// params: after STRING, limit INTEGER
// returns: id STRING, space STRING
MATCH (c:MemCube)
WHERE c.id > $after AND c.digest IS NULL
RETURN c.id AS id, c.space AS space
ORDER BY c.id LIMIT $limit
