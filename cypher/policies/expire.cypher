// expire: memories that have come to their end leave every index's live part; their text stays.
// mode: write
// params: cubes LIST<STRING>
// returns: expired INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
SET c.state = 'expired', c.live = false
RETURN count(c) AS expired
