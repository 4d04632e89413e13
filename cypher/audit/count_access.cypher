// count_access: add reads to the behavioural indicators of cubes; a read that scored nothing leaves the last search's score.
// mode: write
// params: reads LIST<MAP>
// returns: cubes INTEGER
// touches: nothing
UNWIND $reads AS row
MATCH (c:MemCube {id: row.cube})
SET c.access_count = coalesce(c.access_count, 0) + row.count, c.last_accessed_at = row.at,
    c.relevance = coalesce(row.relevance, c.relevance)
RETURN count(c) AS cubes
