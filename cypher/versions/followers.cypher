// followers: memories whose context holds one of these: those up to two turns later.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})-[:NEXT*1..2]->(later:MemCube)
WHERE NOT later.id IN $cubes
RETURN DISTINCT later.id AS id
