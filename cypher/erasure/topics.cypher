// topics: a topic that is called after somebody is called after the most mentioned of its other concepts instead.
// mode: write
// params: space STRING, named STRING
// returns: renamed INTEGER
MATCH (t:Topic {space: $space})
WHERE t.name IS NOT NULL AND normalize(t.name) =~ $named
MATCH (k:Concept)-[:WITHIN]->(t)
WHERE NOT normalize(k.name) =~ $named
WITH t, k, COUNT { (:MemCube)-[:MENTIONS]->(k) } AS mentions
ORDER BY mentions DESC, k.name
WITH t, head(collect(k)) AS leader
MERGE (n:Topic {space: $space, name: leader.name})
ON CREATE SET n.embedding = leader.embedding
WITH t, n
CALL (t, n) {
  MATCH (k:Concept)-[w:WITHIN]->(t)
  DELETE w
  MERGE (k)-[:WITHIN]->(n)
}
DETACH DELETE t
RETURN count(t) AS renamed
