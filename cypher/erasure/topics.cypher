// topics: a topic that is called after somebody is called after the most mentioned of its other concepts instead.
// mode: write
// params: space STRING, named STRING
// returns: renamed INTEGER
MATCH (t:Topic {space: $space})
WHERE t.name IS NOT NULL AND normalize(t.name) =~ $named
MATCH (k:Concept)-[:WITHIN]->(t)
WHERE NOT normalize(k.name) =~ $named
WITH t, k, EXISTS { (:Topic {space: $space, name: k.name}) } AS taken, COUNT { (:MemCube)-[:MENTIONS]->(k) } AS mentions
ORDER BY taken, mentions DESC, k.name
WITH t, head(collect(k)) AS leader
//> include fragments/renamed
DETACH DELETE t
RETURN count(t) AS renamed
