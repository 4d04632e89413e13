// cubes: every memory of a space, page by page, with its digests and what they vouch for.
// mode: read
// params: space STRING, after STRING, limit INTEGER, probe ANY
// returns: present MAP, past MAP
CYPHER 25
MATCH (each:MemCube)
WHERE each.id > $after AND each.space = $space
WITH each ORDER BY each.id LIMIT $limit
RETURN
  //> include fragments/vouched
  AS present,
  //> include fragments/vouched_past
  AS past
