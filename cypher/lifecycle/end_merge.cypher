// end_merge: memories that were merged and are restored: what they were merged into keeps the link, with the moment it ended.
// mode: write
// params: cubes LIST<STRING>, now DATETIME
// returns: ended INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})-[m:MERGED_INTO]->(:MemCube)
WHERE m.until IS NULL
SET m.until = $now
RETURN count(m) AS ended
