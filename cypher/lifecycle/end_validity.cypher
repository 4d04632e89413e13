// end_validity: facts that are no longer said are true until now, unless they ended before.
// mode: write
// params: cubes LIST<STRING>, now DATETIME
// returns: ended INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
SET c.valid_to = coalesce(c.valid_to, $now)
RETURN count(c) AS ended
