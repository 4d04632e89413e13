// space_overview: who may use a space, its sources, and its ten largest topics with their concepts.
// mode: read
// params: space STRING
// returns: path PATH
MATCH path = (:Principal)-[:OWNS|GRANTED]->(:Space {id: $space})
RETURN path
UNION
MATCH path = (s:Source {space: $space})-[:PART_OF*0..1]->(:Source)
RETURN path LIMIT 50
UNION
MATCH (t:Topic {space: $space})<-[:WITHIN]-(k:Concept)
WITH t, k, COUNT { (k)<-[:MENTIONS]-(:MemCube) } AS memories
ORDER BY memories DESC
WITH t, collect(k)[..8] AS largest, sum(memories) AS weight
ORDER BY weight DESC LIMIT 10
UNWIND largest AS k
MATCH path = (t)<-[:WITHIN]-(k)
RETURN path
