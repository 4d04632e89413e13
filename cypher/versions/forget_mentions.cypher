// forget_mentions: a memory names no concept any more; concepts and topics that nothing names go.
// mode: write
// params: cubes LIST<STRING>
// returns: forgotten INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})-[m:MENTIONS]->(k:Concept)
DELETE m
WITH DISTINCT k
WHERE NOT EXISTS { (:MemCube)-[:MENTIONS]->(k) }
OPTIONAL MATCH (k)-[:WITHIN]->(t:Topic)
DETACH DELETE k
WITH DISTINCT t
// One that is shared waits for what will be about it.
WHERE t IS NOT NULL AND NOT EXISTS { (:Concept)-[:WITHIN]->(t) } AND NOT EXISTS { (:Principal)-[:GRANTED]->(t) }
DETACH DELETE t
RETURN count(*) AS forgotten
