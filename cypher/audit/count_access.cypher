// count_access: add reads to the behavioural indicators of cubes.
// mode: write
// params: reads LIST<MAP>
// returns: cubes INTEGER
UNWIND $reads AS row
MATCH (c:MemCube {id: row.cube})
SET c.access_count = coalesce(c.access_count, 0) + row.count, c.last_accessed_at = row.at, c.relevance = row.relevance
RETURN count(c) AS cubes
