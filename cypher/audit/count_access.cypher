// count_access: add reads to the behavioural indicators of cubes; a read that scored nothing leaves the last search's score. Heat is a count of reads, each by its weight, that halves with time.
// mode: write
// params: reads LIST<MAP>, half_life_s FLOAT
// returns: cubes INTEGER
// touches: nothing
UNWIND $reads AS row
MATCH (c:MemCube {id: row.cube})
WITH c, row, CASE WHEN c.heat_at IS NULL OR c.heat_at > row.at THEN 0.0 ELSE duration.inSeconds(c.heat_at, row.at).seconds END AS passed
SET c.access_count = coalesce(c.access_count, 0) + row.count, c.last_accessed_at = row.at,
    c.relevance = coalesce(row.relevance, c.relevance),
    c.heat = coalesce(c.heat, 0.0) * 0.5 ^ (passed / $half_life_s) + row.weight, c.heat_at = row.at
RETURN count(c) AS cubes
