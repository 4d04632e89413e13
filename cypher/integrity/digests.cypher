// digests: a stretch of the memories of a space, by id, with the digests they carry.
// mode: read
// params: space STRING, after STRING, limit INTEGER
// returns: id STRING, digest STRING?, past_digest STRING?
MATCH (c:MemCube)
WHERE c.id > $after AND c.space = $space
RETURN c.id AS id, c.digest AS digest, c.past_digest AS past_digest
ORDER BY c.id LIMIT $limit
